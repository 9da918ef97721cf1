import { z } from "zod";
import type { PulumiComponent } from "../config/components.ts";
import { componentFields, normaliseCommon } from "./component-common.ts";
import { field, text, textMap } from "./field.ts";
import { defineKind } from "./kind.ts";
import { normaliseRequiredRepo, repoFields, repoRule } from "./repo.ts";
import { driftSchedule, envVars, legacyEnvVar, mergePairs } from "./shared.ts";

export const pulumiRuntimes = ["go", "nodejs", "python", "dotnet", "java", "yaml"] as const;
export const pulumiRuntime = field(z.enum(pulumiRuntimes), "The language of the program.");
export const pulumiVersion = text("The Pulumi version; the newest without it.", { examples: ["3.150.0"] }).optional();
export const pulumiConfig = (description: string) =>
  textMap(description, { examples: [{ "aws:region": "{{ .nuon.install_stack.outputs.region }}" }] }).optional();

const schema = z.looseObject({
  type: field(z.literal("pulumi"), "A Pulumi program."),
  ...componentFields,
  runtime: pulumiRuntime,
  pulumi_version: pulumiVersion,
  config: pulumiConfig("Stack configuration by `namespace:key`. Values may hold templates."),
  env_vars: envVars.optional(),
  env_var: legacyEnvVar,
  ...repoFields,
  drift_schedule: driftSchedule,
});

export const pulumi = defineKind({
  type: "pulumi",
  title: "Pulumi component",
  description: "A component that previews and updates a Pulumi stack in the customer's account.",
  location: "components/**/*.toml",
  schema,
  rules: (raw, report) => repoRule(raw, report, "A Pulumi component"),
  example: `# pulumi
name    = "cache"
type    = "pulumi"
runtime = "go"

[public_repo]
repo      = "acme/modules"
directory = "cache"
branch    = "main"

[config]
"aws:region" = "{{ .nuon.install_stack.outputs.region }}"
`,
});

export function normalisePulumi(raw: z.output<typeof schema>, file: string): PulumiComponent {
  return {
    type: "pulumi",
    ...normaliseCommon(raw, file, { build: 300, deploy: 3600 }),
    runtime: raw.runtime,
    pulumiVersion: raw.pulumi_version,
    config: raw.config ?? {},
    envVars: mergePairs(raw.env_var, raw.env_vars),
    repo: normaliseRequiredRepo(raw),
  };
}
