import { describe, expect, it } from "vitest";
import { formatGraph } from "./graph-text.ts";
import { loadFiles, terraformFile } from "./testing/write-app.ts";

describe("a graph as text", () => {
  it("lets no name break out of its place in a diagram", async () => {
    const { config } = await loadFiles({ "components/x.toml": terraformFile("x") });
    if (!config) throw new Error("not loaded");
    const hostile = String.raw`x"]; click c1 "javascript:alert(1)`;
    const named = { ...config, name: hostile, components: config.components.map((one) => ({ ...one, name: hostile })) };
    expect(formatGraph(named, "mermaid")).toContain(
      '  c1["x#34;#93;#59; click c1 #34;javascript#58;alert#40;1#41;<br/>terraform_module"]\n',
    );
    expect(formatGraph(named, "dot")).toContain(String.raw`  c1 [label="x\"]; click c1 \"javascript:alert(1)\nterraform_module"];`);
  });

  it("has every component once, in the order of deployment, and an arrow for each dependency", async () => {
    const { config } = await loadFiles({
      "components/a.toml": terraformFile("a", { v: "{{ .nuon.components.z.outputs.v }} {{ .nuon.sandbox.outputs.v }}" }),
      "components/z.toml": terraformFile("z"),
    });
    if (!config) throw new Error("not loaded");
    expect(formatGraph(config, "mermaid")).toBe(
      'flowchart LR\n  sandbox(["sandbox"])\n  c1["z<br/>terraform_module"]\n  c2["a<br/>terraform_module"]\n  c1 --> c2\n  sandbox --> c2\n',
    );
  });
});
