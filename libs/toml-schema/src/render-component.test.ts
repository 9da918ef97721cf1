import { describe, expect, it } from "vitest";
import { renderComponent } from "./render-component.ts";
import { loadFiles, terraformFile } from "./testing/write-app.ts";

const now = new Date("2026-01-01T00:00:00Z");

async function componentOf(vars: Record<string, string>) {
  const { config } = await loadFiles({ "components/x.toml": terraformFile("x", vars) });
  const [component] = config?.components ?? [];
  if (component?.type !== "terraform_module") throw new Error("not loaded");
  return component;
}

describe("a component rendered for an install", () => {
  it("has its templates filled in, under both names of the tree, and other braces as they are", async () => {
    const component = await componentOf({
      a: "{{ .nuon.install.id }}",
      b: "{{ .berth.install.id | upper }}",
      c: "docker ps --format '{{.Names}}'",
    });
    const rendered = renderComponent({ component, state: { install: { id: "inst1" } }, now });
    expect(rendered).toMatchObject({
      component: { name: "x", vars: { a: "inst1", b: "INST1", c: "docker ps --format '{{.Names}}'" } },
      problems: [],
    });
    expect(component.vars["a"]).toBe("{{ .nuon.install.id }}");
  });

  it("tells everything that fails, and stops a template that would never end", async () => {
    const component = await componentOf({
      a: "{{ .nuon.install.id }}",
      b: "{{ range until 1000000 }}{{ range until 1000000 }}{{ $.nuon.install.id }}{{ end }}{{ end }}",
      c: "ok {{ .nuon.install.name }}",
    });
    const { component: rendered, problems } = renderComponent({ component, state: { install: { name: "n" } }, now });
    expect(problems.map(({ path, error }) => [path.join("."), error.code])).toEqual([
      ["vars.a", "missing_key"],
      ["vars.b", expect.stringMatching(/^limit_|missing_key/)],
    ]);
    expect(rendered.vars["c"]).toBe("ok n");
  });
});
