import { z } from "zod";
import type { TerraformComponent } from "../config/components.ts";
import { componentFields, normaliseCommon } from "./component-common.ts";
import { field, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import { normaliseRequiredRepo, repoFields, repoRule } from "./repo.ts";
import { driftSchedule, envVars, legacyEnvVar, legacyVar, mergePairs, varFile, vars } from "./shared.ts";

const schema = z.looseObject({
  type: field(z.literal("terraform_module"), "A Terraform root module."),
  ...componentFields,
  terraform_version: text("The exact Terraform version to run.", { examples: ["1.13.5"] }),
  ...repoFields,
  vars: vars.optional(),
  var: legacyVar,
  env_vars: envVars.optional(),
  env_var: legacyEnvVar,
  var_file: varFile.optional(),
  drift_schedule: driftSchedule,
});

export const terraform = defineKind({
  type: "terraform",
  title: "Terraform component",
  description: "A component that plans and applies a Terraform root module in the customer's account.",
  location: "components/**/*.toml",
  schema,
  rules: (raw, report) => repoRule(raw, report, "A Terraform component"),
  example: `# terraform
name              = "database"
type              = "terraform_module"
terraform_version = "1.13.5"

[public_repo]
repo      = "acme/modules"
directory = "database"
branch    = "main"

[vars]
install_id = "{{ .nuon.install.id }}"
region     = "{{ .nuon.install_stack.outputs.region }}"
`,
});

export function normaliseTerraform(raw: z.output<typeof schema>, file: string): TerraformComponent {
  return {
    type: "terraform_module",
    ...normaliseCommon(raw, file, { build: 300, deploy: 3600 }),
    terraformVersion: raw.terraform_version,
    repo: normaliseRequiredRepo(raw),
    vars: mergePairs(raw.var, raw.vars),
    envVars: mergePairs(raw.env_var, raw.env_vars),
    varFiles: (raw.var_file ?? []).map((one) => one.contents),
  };
}
