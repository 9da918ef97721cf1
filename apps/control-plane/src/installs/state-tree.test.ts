import { compile, render } from "@berth/template/template";
import { describe, expect, it } from "vitest";
import { lasting, stateTree, type TreeFacts } from "./state-tree.ts";

const facts: TreeFacts = {
  org: { id: "org1", name: "acme" },
  app: { id: "app1", name: "shop" },
  install: { id: "inl1", name: "customer", state: "active", labels: { tier: "gold" } },
  inputs: { size: "small" },
  stackOutputs: { region: "eu-west-1", custom_role_arns: { deploy: "arn:deploy" } },
  sandbox: { repo: { kind: "public", repo: "https://git.example/acme/sandboxes.git", directory: "aws/eks", branch: "v2" } },
  components: [
    { name: "data-base", type: "terraform_module", varName: "db" },
    { name: "web", type: "helm_chart" },
  ],
  componentIds: { "data-base": "cmp1", web: "cmp2" },
  targets: [
    { target: "component:data-base", state: "active", buildId: "bld1", outputs: { url: "pg://db" } },
    { target: "component:old", state: "active", buildId: "bld0", outputs: {} },
    { target: "sandbox", state: "active", buildId: "bld9", outputs: { vpc: "v1" } },
  ],
  actions: [{ action: "ping", runId: "run1", outputs: { ok: "yes" }, steps: { call: { ok: "yes" } } }],
  secrets: [],
  runner: { id: "rnr1", state: "online" },
};
const shown = (text: string, over: Partial<TreeFacts> = {}): string => render(compile(text), { nuon: stateTree({ ...facts, ...over }) });

describe("the tree that templates read", () => {
  it("has everything under the paths that templates in the field use", () => {
    expect(shown("{{ .nuon.id }} {{ .nuon.name }} {{ .nuon.org.name }} {{ .nuon.app.status }} {{ .nuon.install.labels.tier }}")).toBe(
      "inl1 customer acme active gold",
    );
    expect(shown("{{ .nuon.inputs.inputs.size }} {{ .nuon.install.inputs.size }}")).toBe("small small");
    expect(
      shown("{{ .nuon.sandbox.type }} {{ .nuon.sandbox.version }} {{ .nuon.install.sandbox.outputs.vpc }} {{ .nuon.sandbox.populated }}"),
    ).toBe("eks v2 v1 true");
    expect(shown('{{ .nuon.components.db.outputs.url }} {{ (index .nuon.components "data-base").component_id }}')).toBe("pg://db cmp1");
    expect(shown("{{ .nuon.actions.workflows.ping.outputs.steps.call.ok }} {{ .nuon.runner.status }}")).toBe("yes online");
  });

  it("has what the customer's stack has put out, by every name under which templates look for it", () => {
    expect(
      shown(
        '{{ .nuon.install_stack.outputs.region }} {{ index .nuon.install_stack.outputs.custom_role_arns "deploy" }} {{ .nuon.cloud_account.aws.region }} {{ .nuon.cloud_account.azure.location }} {{ .nuon.install_stack.outputs.install_inputs.size }} {{ .nuon.install_stack.populated }}',
      ),
    ).toBe("eu-west-1 arn:deploy eu-west-1 eu-west-1 small true");
    expect(shown("{{ if gt (len .nuon.install_stack.outputs.break_glass_role_arns) 0 }}some{{ else }}none{{ end }}")).toBe("none");
    expect(() => shown("{{ .nuon.install_stack.outputs.vpc_id }}")).toThrow(/no key "vpc_id"/);
    expect(shown("{{ .nuon.install_stack.populated }}", { stackOutputs: {} })).toBe("false");
  });

  it("knows where a secret is that the customer's stack tells of", () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf";
    const secrets = [{ name: "key", exists: false, length: 0 }];
    expect(shown("{{ .nuon.secrets.key.arn }}", { secrets, stackOutputs: { key_arn: arn } })).toBe(arn);
  });

  it("tells of components that do not stand, and of those that stand and are in no config any more", () => {
    expect(shown("{{ range $name, $c := .nuon.components }}{{ $name }}={{ $c.status }}/{{ $c.populated }} {{ end }}")).toBe(
      "data-base=active/true db=active/true old=active/true web=inactive/false ",
    );
    expect(() => shown("{{ .nuon.components.web.outputs.url }}")).toThrow(/no key "url"/);
  });

  it("knows a sandbox by its repository where it lies at the top of that", () => {
    const repo = { kind: "public" as const, repo: "acme/aws-eks-sandbox", directory: ".", branch: "main" };
    expect(shown("{{ .nuon.sandbox.type }}", { sandbox: { repo } })).toBe("aws-eks-sandbox");
  });

  it("is kept without what changes from moment to moment", () => {
    const before = lasting(stateTree(facts));
    expect(lasting(stateTree({ ...facts, runner: null, install: { ...facts.install, state: "error" } }))).toEqual(before);
    expect(lasting(stateTree({ ...facts, inputs: { size: "large" } }))).not.toEqual(before);
  });
});
