import type { ApiClient, CallOutput } from "@berth/api/client";
import { NotFound } from "../not-found.ts";
import { resolveInstall } from "./install.ts";

export type Workflow = CallOutput<"workflows.get">;
export type Step = Workflow["steps"][number];

/**
 * The workflow with this id, or the one that matters of the install with this id or name: the newest that waits for a decision, else the newest
 * under way, else the newest. Runs of actions come last: health checks start one every few minutes.
 */
export async function resolveWorkflow(client: ApiClient, text: string): Promise<Workflow> {
  if (/^wfl[0-9a-z]{22}$/.test(text)) return client.call("workflows.get", { params: { workflowId: text } });
  const install = await resolveInstall(client, { install: text });
  const open = await client.call("workflows.list", { query: { installId: install.id, state: "open", limit: 200 } });
  const recent = await client.call("workflows.list", { query: { installId: install.id, limit: 200 } });
  const isChange = (workflow: { operation: string }): boolean => workflow.operation !== "action_run";
  const found =
    open.items.find((workflow) => workflow.state === "awaiting_approval") ??
    open.items.find((workflow) => isChange(workflow)) ??
    recent.items.find((workflow) => isChange(workflow)) ??
    recent.items[0];
  if (!found) throw new NotFound(`Install ${install.name} has no workflow yet.`);
  return client.call("workflows.get", { params: { workflowId: found.id } });
}

/** The step with this id, key or number (as the table of steps shows it). */
export function resolveStep(workflow: Workflow, text: string): Step {
  const found = workflow.steps.find((step) => step.id === text || step.key === text || String(step.index) === text);
  if (found) return found;
  throw new NotFound(`Workflow ${workflow.id} has no step "${text}". Its steps: ${workflow.steps.map((step) => step.key).join(", ")}`);
}
