import { z } from "zod";
import type { Action } from "../config/actions.ts";
import { seconds } from "./duration.ts";
import { bool, choice, duration, field, int, name, text, textList } from "./field.ts";
import { defineKind, exclusive } from "./kind.ts";
import { asTable } from "../source/table.ts";
import { normaliseRepo, repoFields } from "./repo.ts";
import { envVars, labels } from "./shared.ts";
import { legacyTriggerTypes, triggerTypes } from "./trigger-types.ts";

const triggerSchema = z.looseObject({
  type: choice(triggerTypes, "When the action runs.", { legacyValues: legacyTriggerTypes }),
  cron_schedule: text("Five cron fields, for `cron`.", { examples: ["*/15 * * * *"] }).optional(),
  schedule: text("Old spelling.", { deprecated: "write `cron_schedule`" }).optional(),
  component_name: text("The component, for the triggers of one component.", { examples: ["api"] }).optional(),
  index: int("The order among actions on the same trigger; then by name.").optional(),
});

const stepSchema = z.looseObject({
  name: name("The step's name; its outputs appear under it.", ["check"]),
  command: text("What to run in the checkout, or in an empty directory. May hold templates.", {
    examples: ["./healthcheck.sh"],
  }).optional(),
  inline_contents: text("A script: inline, or where to read it (`./x.sh`, an address, a git source). May hold templates.", {
    include: true,
    examples: ["./src/check.sh"],
  }).optional(),
  env_vars: envVars.optional(),
  ...repoFields,
});

const schema = z.looseObject({
  name: name("The action's name, unique in the app.", ["health_check"]),
  timeout: duration("How long a run may take, at most 30m.", { examples: ["1m"] }),
  labels: labels.optional(),
  triggers: field(z.array(triggerSchema), "When it runs."),
  steps: field(z.array(stepSchema), "What it runs, one after the other."),
  dependencies: textList("Components that must be there.").optional(),
  role: text("The role to run under. May hold templates.", { examples: ["{{.nuon.install.id}}-restart"] }).optional(),
  break_glass_role: text("The break-glass role to run under; only for actions started by hand. May hold templates.").optional(),
  enable_kube_config: bool("Whether the steps get access to the cluster. Default true.").optional(),
  kubernetes_context: text("The name of a kubernetes context. Without it, the sandbox's cluster.").optional(),
  image: text("Run the steps in this image, given by digest. May hold templates.", {
    examples: ["{{.nuon.components.tools.outputs.image.ref}}"],
  }).optional(),
});

export const action = defineKind({
  type: "action",
  title: "Action",
  description: "A script that runs in the customer's account: by hand, on a schedule or on lifecycle events.",
  location: "actions/**/*.toml",
  schema,
  rules: (raw, report) => {
    const steps = Array.isArray(raw["steps"]) ? raw["steps"] : [];
    for (const [index, entry] of steps.entries()) {
      const step = asTable(entry);
      if (!step) continue;
      const path = ["steps", index];
      exclusive(step, report, { keys: ["command", "inline_contents"], required: true, what: "A step", path });
      exclusive(step, report, { keys: ["public_repo", "connected_repo"], required: false, what: "A step", path });
    }
    for (const key of ["triggers", "steps"]) {
      const list = raw[key];
      if (Array.isArray(list) && list.length === 0)
        report([key], { code: "missing_key", message: `An action needs at least one of \`[[${key}]]\`` });
    }
  },
  example: `# action
name    = "health_check"
timeout = "1m"

[[triggers]]
type          = "cron"
cron_schedule = "*/15 * * * *"

[[triggers]]
type = "manual"

[[steps]]
name            = "check"
inline_contents = """
#!/bin/sh
set -eu
curl --fail "$URL/healthz"
echo "status=ok" >> "$NUON_ACTIONS_OUTPUT_FILEPATH"
"""

[steps.env_vars]
URL = "https://{{ .nuon.inputs.inputs.domain }}"
`,
});

export function normaliseAction(raw: z.output<typeof schema>, file: string): Action {
  const legacy: Readonly<Record<string, string>> = legacyTriggerTypes;
  return {
    file,
    name: raw.name,
    timeoutSeconds: seconds(raw.timeout, 300),
    labels: raw.labels ?? {},
    triggers: raw.triggers.map((trigger) => ({
      type: legacy[trigger.type] ?? trigger.type,
      cronSchedule: trigger.cron_schedule ?? trigger.schedule,
      componentName: trigger.component_name,
      index: trigger.index,
    })),
    steps: raw.steps.map((step) => ({
      name: step.name,
      command: step.command,
      inlineContents: step.inline_contents,
      envVars: step.env_vars ?? {},
      repo: normaliseRepo(step),
    })),
    dependencies: raw.dependencies ?? [],
    role: raw.role || undefined,
    breakGlassRole: raw.break_glass_role || undefined,
    enableKubeConfig: raw.enable_kube_config ?? true,
    kubernetesContext: raw.kubernetes_context || undefined,
    image: raw.image || undefined,
    references: [],
  };
}
