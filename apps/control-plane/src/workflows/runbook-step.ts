import type { Action, AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import { secretTexts } from "../installs/load-tree.ts";
import { standIn } from "../installs/stand-in.ts";
import type { StepRow, WorkflowRow } from "./queries.ts";
import { readRunbookInputs } from "./runbook-inputs.ts";

/** What a step of a runbook adds to the action it runs, or the script that it brings instead. */
export type AskedByRunbook = {
  script?: Action;
  envVars: Readonly<Record<string, string>>;
  timeoutSeconds?: number;
  inputs: Record<string, unknown>;
  /** The inputs with other values in the place of those that are sensitive. */
  standIns: Record<string, unknown>;
  /** Values of inputs that are sensitive. */
  secrets: string[];
};

/** Undefined for an action that no runbook asks for. */
export async function askedByRunbook(
  ctx: Ctx,
  input: { workflow: WorkflowRow; step: StepRow; config: AppConfig },
): Promise<AskedByRunbook | undefined> {
  const { runbook: named } = input.step.params;
  const runbook = named && input.config.runbooks.find(({ name }) => name === named.name);
  const step = runbook?.steps.find(({ name }) => name === named?.step);
  if (!runbook || !step) return undefined;
  const inputs = await readRunbookInputs(ctx, input.workflow.id);
  const sensitive = new Set(runbook.inputs.flatMap((each) => (each.sensitive ? [each.name] : [])));
  return {
    envVars: step.envVars,
    inputs,
    standIns: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, sensitive.has(name) ? standIn(value) : value])),
    secrets: secretTexts(Object.entries(inputs).flatMap(([name, value]) => (sensitive.has(name) ? [value] : []))),
    ...(step.timeoutSeconds ? { timeoutSeconds: step.timeoutSeconds } : {}),
    ...(step.actionName === undefined
      ? {
          script: {
            file: runbook.file,
            name: `${runbook.name}/${step.name}`,
            timeoutSeconds: step.timeoutSeconds ?? 300,
            labels: {},
            triggers: [],
            steps: [{ name: step.name, command: step.command, inlineContents: step.inlineContents, envVars: {} }],
            dependencies: [],
            role: step.role,
            enableKubeConfig: true,
            references: [],
          },
        }
      : {}),
  };
}
