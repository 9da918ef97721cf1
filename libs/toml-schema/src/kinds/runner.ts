import { z } from "zod";
import type { AppConfig } from "../app-config.ts";
import { helmDrivers } from "./helm.ts";
import { choice, field, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import { envVars, legacyEnvVar, mergePairs } from "./shared.ts";

const legacyTypes = { "aws-ecs": "aws", "aws-eks": "aws", "azure-aks": "azure", "azure-acs": "azure" } as const;

const schema = z.looseObject({
  runner_type: choice(["aws", "azure", "gcp", "local"], "The cloud that the runner runs in.", { legacyValues: legacyTypes }),
  env_vars: envVars.optional(),
  env_var: legacyEnvVar,
  helm_driver: field(z.enum(helmDrivers), "Where Helm keeps its releases, unless a component says otherwise.").optional(),
  init_script_url: text("A script that runs when the runner's machine starts; https.", {
    examples: ["https://example.com/init.sh"],
  }).optional(),
  instance_type: text("The machine of the runner; the cloud's default without it.", { examples: ["t3a.medium"] }).optional(),
});

export const runner = defineKind({
  type: "runner",
  title: "Runner",
  description: "The runner in the customer's account.",
  location: "runner.toml",
  schema,
  rules: (raw, report) => {
    const url = raw["init_script_url"];
    if (typeof url === "string" && !url.startsWith("https://")) {
      report(["init_script_url"], { code: "invalid_value", message: "`init_script_url` must be an https address" });
    }
  },
  example: `# runner
runner_type = "aws"
helm_driver = "configmap"

[env_vars]
LOG_LEVEL = "info"
`,
});

export function normaliseRunner(raw: z.output<typeof schema>, file: string): AppConfig["runner"] {
  const legacy: Readonly<Record<string, string>> = legacyTypes;
  return {
    file,
    runnerType: legacy[raw.runner_type] ?? raw.runner_type,
    envVars: mergePairs(raw.env_var, raw.env_vars),
    helmDriver: raw.helm_driver,
    initScriptUrl: raw.init_script_url,
    instanceType: raw.instance_type,
  };
}
