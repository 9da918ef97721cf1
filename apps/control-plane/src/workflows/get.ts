import type { Ctx } from "../context.ts";
import { explain } from "./explain.ts";
import { explainEnded } from "./explain-ended.ts";
import { keepSince } from "./keep-since.ts";
import { loadFacts, type Loaded } from "./load-facts.ts";
import { findWorkflow, listSteps } from "./queries.ts";
import { workflowDetail, type WorkflowDetail } from "./view.ts";

/** A workflow with its steps. @throws AppError `not_found` */
export async function getWorkflow({ ctx, input }: { ctx: Ctx; input: { workflowId: string } }): Promise<WorkflowDetail> {
  return workflowDetail(await load(ctx, input.workflowId));
}

/** Why a workflow and each of its unfinished steps waits, and what of it waits for a person because it has failed. @throws AppError `not_found` */
export async function explainWorkflow({ ctx, input }: { ctx: Ctx; input: { workflowId: string } }) {
  const { facts, workflow, steps } = await load(ctx, input.workflowId);
  const now = explain(facts);
  const ended = explainEnded(facts);
  const why = { workflow: now.workflow ?? ended.workflow, steps: new Map([...now.steps, ...ended.steps]) };
  return {
    workflowId: workflow.id,
    state: workflow.state,
    ...(why.workflow ? { waiting: keepSince(workflow.waiting, why.workflow) } : {}),
    steps: steps.flatMap((step) => {
      const waiting = why.steps.get(step.id);
      return waiting ? [{ stepId: step.id, key: step.key, state: step.state, waiting: keepSince(step.waiting, waiting) }] : [];
    }),
  };
}

async function load(ctx: Ctx, workflowId: string): Promise<Loaded> {
  const workflow = await findWorkflow(ctx, workflowId);
  return loadFacts(ctx, workflow, await listSteps(ctx, workflowId));
}
