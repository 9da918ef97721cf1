import { describe, expect, it } from "vitest";
import { renderReadme } from "./render-readme.ts";

const tree = { install: { name: "acme" }, components: { db: { outputs: { url: "pg://db" } } } };
const readme = (text: string, more: object = {}) => renderReadme({ text, tree, now: new Date(0), ...more });

describe("a README", () => {
  it("is rendered over the install's state", () => {
    expect(readme("# {{ .nuon.install.name }}\n\nAt {{ .berth.components.db.outputs.url }}.\n")).toEqual({
      markdown: "# acme\n\nAt pg://db.\n",
      missing: [],
    });
    expect(readme("Use {{ braces }} of others")).toEqual({ markdown: "Use {{ braces }} of others", missing: [] });
  });

  it("marks what is not known, in every place, and tells of it", () => {
    const { markdown, missing } = readme(
      "{{ .nuon.install.name }}: {{ .nuon.components.api.outputs.url }} and\n{{ .nuon.components.db.outputs.password | quote }}",
    );
    expect(markdown).toBe(
      "acme: ⟨.nuon.components.api.outputs.url: not known⟩ and\n⟨.nuon.components.db.outputs.password | quote: not known⟩",
    );
    expect(missing).toEqual([".nuon.components.api.outputs.url", ".nuon.components.db.outputs.password | quote"]);
  });

  it("tells what is kept secret from what is not there", () => {
    const marked = { ...tree, components: { db: { outputs: { url: "pg://db", password: "(sensitive value)" } } } };
    const { markdown, missing } = readme("{{ .nuon.components.db.outputs.password | b64enc }} {{ .nuon.components.db.outputs.user }}", {
      marked,
    });
    expect(markdown).toBe("⟨.nuon.components.db.outputs.password | b64enc: sensitive⟩ ⟨.nuon.components.db.outputs.user: not known⟩");
    expect(missing).toHaveLength(2);
  });

  it("takes a condition on what is not known for false", () => {
    expect(readme("{{ if .nuon.components.api.outputs.url }}up{{ else }}not yet{{ end }}").markdown).toBe("not yet");
    expect(readme("{{- range .nuon.components.api.outputs.list }}x{{ end }}.").markdown).toBe(".");
  });

  it("of a runbook shows what a run is asked for", () => {
    expect(readme("{{ .runbook_inputs.days }} days", { runbookInputs: { days: 30 } }).markdown).toBe("30 days");
  });

  it("that is no template at all comes as it is, with the reason", () => {
    const { markdown, missing } = readme("{{ .nuon.install.name ");
    expect(markdown).toMatch(/could not be rendered/);
    expect(missing).toHaveLength(1);
  });
});
