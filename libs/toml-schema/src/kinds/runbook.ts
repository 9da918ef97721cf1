import { z } from "zod";
import type { Path } from "../source/position.ts";
import type { Runbook } from "../config/delivery.ts";
import { seconds } from "./duration.ts";
import { bool, choice, duration, field, name, text } from "./field.ts";
import { defaultText, inputDefault, inputType } from "./inputs.ts";
import { defineKind, exclusive, type Report } from "./kind.ts";
import { asTable, type Table } from "../source/table.ts";
import { normaliseRepo, repoFields } from "./repo.ts";
import { envVars, labels } from "./shared.ts";

export const runbookStepTypes = [
  "component_deploy",
  "component_tear_down",
  "tear_down_components_all",
  "action",
  "sandbox_reprovision",
  "sandbox_deprovision",
] as const;
const legacyStepTypes = { deploy: "component_deploy" } as const;

const inputSchema = z.looseObject({
  name: name("The name in templates: `{{ .runbook_inputs.<name> }}`.", ["days"]),
  display_name: text("The input's name for people.").optional(),
  description: text("What to give.").optional(),
  default: inputDefault.optional(),
  required: bool("Whether a run must give a value. Default false.").optional(),
  sensitive: bool("Whether the value is hidden. Default false.").optional(),
  type: inputType.optional(),
});

const stepSchema = z.looseObject({
  name: name("The step's name.", ["Deploy the api"]),
  type: choice(runbookStepTypes, "What the step does.", { legacyValues: legacyStepTypes }),
  component_name: text("The component to deploy or tear down.", { examples: ["api"] }).optional(),
  deploy_dependents: bool("Deploy what depends on it too. Default false.").optional(),
  deploy_dependencies: bool("Old spelling.", { deprecated: "write `deploy_dependents`" }).optional(),
  tear_down_dependents: bool("Tear down what depends on it too. Default false.").optional(),
  skip_component_deploys: bool("Leave the components alone after a sandbox run. Default false.").optional(),
  action_name: text("The action to run.", { examples: ["health_check"] }).optional(),
  command: text("A command to run, instead of an action. May hold templates.").optional(),
  inline_contents: text("A script to run, instead of an action: inline, or where to read it. May hold templates.", {
    include: true,
  }).optional(),
  env_vars: envVars.optional(),
  timeout: duration("How long the step may take.").optional(),
  role: text("The role to run under. May hold templates.").optional(),
  ...repoFields,
});

const schema = z.looseObject({
  name: name("The runbook's name, unique in the app.", ["deploy_all"]),
  description: text("What it does.").optional(),
  readme: text("Markdown: inline, or where to read it, from the app's directory.", {
    include: true,
    examples: ["./runbooks/deploy_all.md"],
  }).optional(),
  labels: labels.optional(),
  input: field(z.array(inputSchema), "Values that a run provides.").optional(),
  steps: field(z.array(stepSchema), "What it does, one after the other."),
});

export const runbook = defineKind({
  type: "runbook",
  title: "Runbook",
  description: "Several steps that a person or a trigger starts as one.",
  location: "runbooks/**/*.toml",
  schema,
  rules: (raw, report) => {
    const steps = Array.isArray(raw["steps"]) ? raw["steps"] : [];
    if (Array.isArray(raw["steps"]) && steps.length === 0)
      report(["steps"], { code: "missing_key", message: "A runbook needs at least one of `[[steps]]`" });
    for (const [index, entry] of steps.entries()) stepRules(asTable(entry) ?? {}, report, ["steps", index]);
  },
  example: `# runbook
name        = "deploy_and_check"
description = "Deploys the api and checks it"

[[steps]]
name           = "Deploy"
type           = "component_deploy"
component_name = "api"

[[steps]]
name        = "Check"
type        = "action"
action_name = "health_check"
`,
});

function stepRules(step: Table, report: Report, path: Path): void {
  const type = step["type"];
  if (type === "action")
    exclusive(step, report, { keys: ["action_name", "command", "inline_contents"], required: true, what: "An action step", path });
  const needsComponent = type === "component_deploy" || type === "component_tear_down" || type === "deploy";
  if (needsComponent && !step["component_name"])
    report(path, { code: "missing_key", message: `A step of type "${type}" needs \`component_name\`` });
}

export function normaliseRunbook(raw: z.output<typeof schema>, file: string): Runbook {
  const legacy: Readonly<Record<string, string>> = legacyStepTypes;
  return {
    file,
    name: raw.name,
    description: raw.description,
    readme: raw.readme,
    labels: raw.labels ?? {},
    inputs: (raw.input ?? []).map((one) => ({
      name: one.name,
      displayName: one.display_name,
      description: one.description,
      default: defaultText(one.default),
      required: one.required ?? false,
      sensitive: one.sensitive ?? false,
      type: one.type ?? "string",
    })),
    steps: raw.steps.map((step) => ({
      name: step.name,
      type: legacy[step.type] ?? step.type,
      componentName: step.component_name,
      deployDependents: step.deploy_dependents ?? step.deploy_dependencies ?? false,
      tearDownDependents: step.tear_down_dependents ?? false,
      skipComponentDeploys: step.skip_component_deploys ?? false,
      actionName: step.action_name,
      command: step.command,
      inlineContents: step.inline_contents,
      envVars: step.env_vars ?? {},
      timeoutSeconds: seconds(step.timeout),
      role: step.role || undefined,
      repo: normaliseRepo(step),
    })),
    references: [],
  };
}
