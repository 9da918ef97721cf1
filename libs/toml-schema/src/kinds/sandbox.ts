import { z } from "zod";
import type { Sandbox } from "../config/sandbox.ts";
import { field, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import { pulumiConfig, pulumiRuntime, pulumiVersion } from "./pulumi.ts";
import { normaliseRequiredRepo, repoFields, repoRule } from "./repo.ts";
import {
  driftSchedule,
  envVars,
  legacyEnvVar,
  legacySource,
  legacyVar,
  mergePairs,
  normaliseRunControl,
  operationRoles,
  runControlFields,
  varFile,
  vars,
} from "./shared.ts";

const schema = z.looseObject({
  type: field(z.enum(["terraform", "pulumi"]), "What it is written in. Default `terraform`.").optional(),
  terraform_version: text("The exact Terraform version to run; needed unless `type` is `pulumi`.", { examples: ["1.13.5"] }).optional(),
  runtime: pulumiRuntime.optional(),
  pulumi_version: pulumiVersion,
  pulumi_config: pulumiConfig("Pulumi stack configuration by `namespace:key`. Values may hold templates."),
  ...repoFields,
  vars: vars.optional(),
  var: legacyVar,
  var_file: varFile.optional(),
  env_vars: envVars.optional(),
  env_var: legacyEnvVar,
  drift_schedule: driftSchedule,
  operation_roles: operationRoles(["provision", "reprovision", "deprovision"]),
  ...runControlFields,
  source: legacySource,
});

export const sandbox = defineKind({
  type: "sandbox",
  title: "Sandbox",
  description: "The base infrastructure of an install, made before any component and removed after the last.",
  location: "sandbox.toml",
  schema,
  rules: (raw, report) => {
    repoRule(raw, report, "The sandbox");
    const pulumi = raw["type"] === "pulumi";
    const needed = pulumi ? "runtime" : "terraform_version";
    if (raw[needed] === undefined) {
      report([], {
        code: "missing_key",
        message: `The sandbox needs \`${needed}\``,
        fix: pulumi ? 'add e.g. runtime = "go"' : 'add e.g. terraform_version = "1.13.5"',
      });
    }
  },
  example: `# sandbox
terraform_version = "1.13.5"

[public_repo]
repo      = "acme/sandbox"
directory = "."
branch    = "main"

[vars]
cluster_name = "n-{{ .nuon.install.id }}"
`,
});

export function normaliseSandbox(raw: z.output<typeof schema>, file: string): Sandbox {
  const shared = {
    file,
    repo: normaliseRequiredRepo(raw),
    vars: mergePairs(raw.var, raw.vars),
    varFiles: (raw.var_file ?? []).map((one) => one.contents),
    envVars: mergePairs(raw.env_var, raw.env_vars),
    operationRoles: (raw.operation_roles ?? []).map(({ operation, role }) => ({ operation, role })),
    references: [],
    ...normaliseRunControl(raw),
  };
  return raw.type === "pulumi"
    ? { kind: "pulumi", runtime: raw.runtime ?? "", pulumiVersion: raw.pulumi_version, pulumiConfig: raw.pulumi_config ?? {}, ...shared }
    : { kind: "terraform", terraformVersion: raw.terraform_version ?? "", ...shared };
}
