import { describe, expect, it } from "vitest";
import { createRenderer } from "./render-text.ts";

const render = () => createRenderer({ where: "action x (actions/x.toml)", tree: { install: { id: "inst1" } }, now: new Date(0) });

describe("a text of a config that goes to a runner", () => {
  it("is filled in where an action reads our tree; the braces of other programs stay", () => {
    expect(render().text("{{ .nuon.install.id }} {{ .berth.install.id }}", "a")).toBe("inst1 inst1");
    expect(render().text("docker ps --format '{{.Names}}'", "a")).toBe("docker ps --format '{{.Names}}'");
    expect(render().text("jq '{{'", "a")).toBe("jq '{{'");
  });

  it("that fails is told with its field, its place in it and what exists beside a missing key", () => {
    const renderer = render();
    renderer.map({ url: "{{ .nuon.install.nam }}" }, "vars");
    expect(renderer.failure()).toMatchObject({
      reason: "template_failed",
      detail: expect.stringMatching(
        /^vars\.url of action x \(actions\/x\.toml\), line 1, column \d+: There is no key "nam" .*"id"/,
      ) as string,
    });
  });

  it("that reads a component which is not there yet says to deploy that first", () => {
    const of = (components: object) => {
      const renderer = createRenderer({ where: "component:web (components/web.toml)", tree: { components }, now: new Date(0) });
      renderer.text("{{ .nuon.components.api_image.outputs.image.tag }}", "values.image");
      return renderer.failure()?.detail;
    };
    const missing =
      /^values\.image of component:web .*There is no key[^]*\nComponent "api_image" is not deployed to this install: deploy it first\.$/;
    expect(of({})).toMatch(missing);
    expect(of({ api_image: { status: "pending", outputs: {} } })).toMatch(missing);
    expect(of({ api_image: { status: "active", outputs: { image: { digest: "x" } } } })).not.toMatch(/deploy it first/);
  });

  it("that reads what the customer's stack has put out, which nobody has told, says how to tell it", () => {
    const renderer = createRenderer({
      where: "component:web (components/web.toml)",
      tree: { install_stack: { outputs: { region: "eu" } } },
      now: new Date(0),
    });
    renderer.text("{{ .nuon.install_stack.outputs.region }} {{ .nuon.install_stack.outputs.vpc_id }}", "vars.vpc");
    expect(renderer.failure()?.detail).toMatch(/no key "vpc_id"[^]*\n.* berth installs stack <install> vpc_id=…$/);
  });

  it("keeps the first failure, whoever found it", () => {
    const renderer = render();
    renderer.refuse("namespace", "no");
    renderer.fail({ reason: "internal", detail: "later" });
    expect(renderer.failure()).toEqual({ reason: "spec_invalid", detail: "namespace of action x (actions/x.toml): no" });
  });
});
