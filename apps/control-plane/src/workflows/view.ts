import type { workflowDetailSchema, workflowSchema, stepSchema } from "@berth/api/contract/workflows";
import type { z } from "zod";
import type { Waiting } from "../db/schema.ts";
import { explain } from "./explain.ts";
import { harmless } from "./harmless.ts";
import { keepSince } from "./keep-since.ts";
import type { Loaded } from "./load-facts.ts";
import type { StepRow, WorkflowRow } from "./queries.ts";
import { stepMachine } from "./state.ts";

type WorkflowView = z.input<typeof workflowSchema>;
type StepView = z.input<typeof stepSchema>;
export type WorkflowDetail = z.input<typeof workflowDetailSchema>;

/** A workflow as lists show it. */
export function workflowView(row: WorkflowRow, waiting: Waiting | null = row.waiting): WorkflowView {
  return {
    id: row.id,
    installId: row.install_id,
    appConfigId: row.app_config_id,
    operation: row.operation,
    params: row.params,
    planOnly: row.plan_only,
    approveAll: row.approve_all,
    state: row.state,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    ...(row.failure ? { failure: row.failure } : {}),
    ...(waiting ? { waiting } : {}),
    ...(row.started_at ? { startedAt: row.started_at.toISOString() } : {}),
    ...(row.finished_at ? { finishedAt: row.finished_at.toISOString() } : {}),
  };
}

/** A workflow with its steps. Why things wait is told from what is so now. */
export function workflowDetail(loaded: Loaded): WorkflowDetail {
  const why = explain(loaded.facts);
  return {
    ...workflowView(loaded.workflow, why.workflow ? keepSince(loaded.workflow.waiting, why.workflow) : null),
    done: loaded.steps.flatMap((step) => whatIsDone(step, loaded)),
    steps: loaded.steps.map((step) => stepView(step, loaded, why.steps.get(step.id))),
  };
}

/** What a step has changed, as a sentence; nothing of a plan, of what was left out, or of what ended before it touched anything. */
function whatIsDone(step: StepRow, { jobs }: Loaded): string[] {
  const job = step.job_id === null ? undefined : jobs.get(step.job_id);
  const words = wordsOf(step);
  if (!words || !job) return [];
  const { what, done, doing } = words;
  const were = step.kind === "secrets.sync" ? "were" : "was";
  if (step.state === "succeeded") return [`${what} ${were} ${done}`];
  const failure = job.result?.failure;
  if (job.accepted_at === null || (failure && harmless.has(failure.reason))) return [];
  if (step.state === "running") return [`${what}: ${doing} is under way`];
  return [`${what} may be ${done} in part (${failure?.reason ?? step.state})`];
}

/** What a step changes, and what that is called; nothing of steps that change nothing. */
function wordsOf({ kind, key, target, params }: StepRow): { what: string; done: string; doing: string } | undefined {
  const what = target ?? key;
  switch (kind) {
    case "action":
      return { what: `action ${params.action}`, done: "run", doing: "running it" };
    case "component.sync":
      return { what, done: "copied", doing: "copying it" };
    case "component.apply":
    case "sandbox.apply":
      return params.destroy ? { what, done: "removed", doing: "removing it" } : { what, done: "applied", doing: "applying it" };
    case "secrets.sync":
      if (params.dry) return undefined;
      return params.destroy
        ? { what, done: "taken out of the cluster", doing: "taking them out of the cluster" }
        : { what, done: "synced", doing: "syncing them" };
    case "component.plan":
    case "component.verify":
    case "sandbox.plan":
      return undefined;
  }
}

function stepView(step: StepRow, loaded: Loaded, waiting: Waiting | undefined): StepView {
  const job = step.job_id === null ? undefined : loaded.jobs.get(step.job_id);
  const approval = loaded.approvals.get(step.id);
  const plan = job?.result?.plan;
  const open = loaded.workflow.state !== "cancelled" && loaded.workflow.state !== "succeeded";
  return {
    id: step.id,
    index: step.index,
    key: step.key,
    kind: step.kind,
    destroy: step.params.destroy === true,
    needs: step.needs,
    state: step.state,
    attempt: step.attempt,
    retryable: open && stepMachine.next(step.state, "retry") !== undefined,
    skippable: open && step.state === "failed" && step.params.skippable === true,
    ...(step.target === null ? {} : { target: step.target }),
    ...(job ? { jobId: job.id, jobState: job.state, logStreamId: job.log_stream_id } : {}),
    ...(approval ? { approvalId: approval.id } : {}),
    ...(job && job.plan_id !== null ? { planId: job.plan_id } : {}),
    ...(plan ? { plan } : {}),
    ...(step.failure ? { failure: step.failure } : {}),
    ...(waiting ? { waiting: keepSince(step.waiting, waiting) } : {}),
    ...(step.note === null ? {} : { note: step.note }),
    ...(step.started_at ? { startedAt: step.started_at.toISOString() } : {}),
    ...(step.finished_at ? { finishedAt: step.finished_at.toISOString() } : {}),
  };
}
