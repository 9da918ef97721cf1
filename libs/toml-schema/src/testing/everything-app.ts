import { kinds } from "../schema/kind-by-type.ts";

const example = (type: string) => kinds.find((kind) => kind.type === type)?.example ?? "";

/** One app made of the examples of all kinds, put together so that they fit. */
export const everythingApp: Record<string, string> = {
  "metadata.toml": example("metadata"),
  "README.md": "Hello {{ .nuon.install.id }}",
  "sandbox.toml": example("sandbox"),
  "runner.toml": example("runner"),
  "inputs.toml": example("inputs"),
  "secrets.toml": example("secrets"),
  "stack.toml": example("stack"),
  "permissions.toml": example("permissions"),
  "break_glass.toml": example("break-glass"),
  "policies.toml": example("policies"),
  "operation_roles.toml": example("operation-roles").replace("-sandbox", "-provision"),
  "kubernetes_contexts.toml": example("kubernetes-contexts").replace('"cluster"', '"database"'),
  "triggers.toml": example("triggers"),
  "branch.toml": example("branch"),
  "installs.toml": example("installs-config"),
  "installer.toml": example("installer"),
  "installs/production.toml": example("install"),
  "actions/health.toml": example("action"),
  "runbooks/deploy.toml": example("runbook"),
};
for (const type of ["terraform", "helm", "kubernetes-manifest", "container-image", "docker-build", "pulumi", "job"]) {
  everythingApp[`components/${type}.toml`] = example(type);
}
