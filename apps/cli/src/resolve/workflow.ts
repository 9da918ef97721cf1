import type { ApiClient, CallOutput } from "@berth/api/client";
import { NotFound } from "../not-found.ts";
import { resolveInstall } from "./install.ts";

export type Workflow = CallOutput<"workflows.get">;
export type Step = Workflow["steps"][number];

/** The workflow with this id, or the newest one of the install with this id or name. */
export async function resolveWorkflow(client: ApiClient, text: string): Promise<Workflow> {
  if (/^wfl[0-9a-z]{22}$/.test(text)) return client.call("workflows.get", { params: { workflowId: text } });
  const install = await resolveInstall(client, { install: text });
  const { items } = await client.call("workflows.list", { query: { installId: install.id, limit: 1 } });
  if (!items[0]) throw new NotFound(`Install ${install.name} has no workflow yet.`);
  return client.call("workflows.get", { params: { workflowId: items[0].id } });
}

/** The step with this id, key or number (as the table of steps shows it). */
export function resolveStep(workflow: Workflow, text: string): Step {
  const found = workflow.steps.find((step) => step.id === text || step.key === text || String(step.index) === text);
  if (found) return found;
  throw new NotFound(`Workflow ${workflow.id} has no step "${text}". Its steps: ${workflow.steps.map((step) => step.key).join(", ")}`);
}
