import { missingVotes, noVotes } from "../approvals/needed.ts";
import { judgePlan, type Verdict } from "../approvals/policies.ts";
import type { Failure, PlanSummary } from "@berth/protocol/job-result";
import { transientReasons } from "@berth/protocol/transient";
import { isTerminalJobState } from "@berth/protocol/job-state";
import type { ApprovalFact, Facts, JobFact, StepFact } from "./facts.ts";
import { harmless } from "./harmless.ts";
import { readiness } from "./readiness.ts";
import { isDone, stepMachine, workflowMachine, type StepEvent, type WorkflowEvent } from "./state.ts";

/** What an apply, a copy or a plan without changes did to its target. */
export type TargetOutcome = "applied" | "unchanged" | "removed" | "failed";

/** One thing to do, in the order given, in the transaction that loaded the facts. */
export type Effect =
  | { do: "move_workflow"; event: WorkflowEvent; failure?: Failure }
  | { do: "move_step"; stepId: string; event: StepEvent; note?: string; failure?: Failure }
  /** Moves the step to running, renders its job and queues it. */
  | { do: "start_job"; stepId: string; planDigest?: string }
  | { do: "cancel_job"; jobId: string; reason: string }
  /** Makes the approval row of the plan; `auto` tells which approve-all has approved it already. */
  | {
      do: "ask_approval";
      stepId: string;
      planId: string;
      digest: string;
      expiresAt: string;
      policies?: Verdict[];
      auto?: Auto;
      complete: boolean;
    }
  | { do: "auto_approve"; stepId: string; approvalId: string; auto: Auto; complete: boolean }
  /** What a drift check has found of its target. */
  | { do: "record_drift"; stepId: string; planId: string; plan: PlanSummary }
  /** What a sync of secrets has found and written; where it `failed`, as far as it got. */
  | { do: "record_secrets"; stepId: string; jobId: string; failed: boolean }
  | { do: "expire_approval"; stepId: string; approvalId: string }
  /** A failure that may go away by itself: the plan, and what carries it out, are tried again at that time. */
  | { do: "retry_later"; stepId: string; count: number; notBefore: string }
  | { do: "supersede_approval"; stepId: string; approvalId: string }
  | { do: "record_target"; stepId: string; jobId: string; outcome: TargetOutcome };

/** Why a plan was approved without anybody looking at it. */
export type Auto = "workflow" | "install" | "policies" | "settings";

/** A plan that was stale this often in a row is a target that somebody else keeps changing. */
const maxPlanAttempts = 5;

/** How the rest of the workflow goes on: all of it, only what has begun, nothing new, or nothing at all. */
type Mode = "go" | "wind_down" | "stop" | "cancel";

/**
 * What to do next for a workflow. Pure, and a fixpoint: deciding again on the facts that follow from its effects gives nothing new.
 * A failure lets branches that have begun end and starts no others; a denial starts nothing more; a cancellation stops what runs as well.
 */
export function decide(facts: Facts): Effect[] {
  const effects: Effect[] = [];
  let state = facts.workflow.state;
  const moveWorkflow = (event: WorkflowEvent, failure?: Failure): void => {
    const next = workflowMachine.next(state, event);
    if (next === undefined) throw new Error(`A ${state} workflow can't ${event}`);
    state = next;
    effects.push({ do: "move_workflow", event, ...(failure ? { failure } : {}) });
  };

  if (workflowMachine.isTerminal(state) || state === "failed") return [];
  const board = createBoard(facts, effects);
  if (state === "queued") {
    if (facts.workflow.cancelRequestedAt === undefined) {
      if (facts.ahead || facts.closed) return [];
      moveWorkflow("start");
    }
  }

  // A step that ends may let others start, and one that can't start ends at once: repeat until nothing moves.
  let before: number;
  do {
    before = effects.length;
    board.each((step) => collect(step, board, facts));
    const mode = modeOf(board.all(), facts);
    board.each((step) => settle(step, board, facts, mode));
    board.each((step) => start(step, board, facts, mode));
  } while (effects.length > before);

  const open = (wanted: StepFact["state"]): boolean => board.all().some((step) => step.state === wanted);
  const mode = modeOf(board.all(), facts);
  if (!open("running") && !open("awaiting_approval") && !canStillStart(board, facts, mode)) {
    board.each((step) => step.state === "pending" && board.move(step, "drop"));
    if (mode === "cancel") moveWorkflow("cancel");
    else if (mode === "go" && board.all().every((step) => isDone(step.state))) moveWorkflow("succeed");
    else moveWorkflow("fail", firstFailure(board.all()));
  } else if (!open("running") && open("awaiting_approval") && state === "running") moveWorkflow("await");
  else if (open("running") && state === "awaiting_approval") moveWorkflow("resume");
  return effects;
}

/** The steps as they are after the effects so far. */
type Board = {
  all(): StepFact[];
  /** Visits every step in order, each as it is when its turn comes. */
  each(visit: (step: StepFact) => unknown): void;
  byKey: ReadonlyMap<string, StepFact>;
  applyOf(plan: StepFact): StepFact | undefined;
  move(step: StepFact, event: StepEvent, more?: { note?: string; failure?: Failure }): void;
  /** Changes some fields of a step. */
  set(step: StepFact, change: Partial<StepFact>): void;
  /** Puts a step in place of the one with its key. */
  put(step: StepFact): void;
  push(effect: Effect): void;
};

function createBoard(facts: Facts, effects: Effect[]): Board {
  const inOrder = facts.steps.toSorted((a, b) => a.index - b.index);
  const byKey = new Map(inOrder.map((step) => [step.key, step]));
  const board: Board = {
    // `set` replaces entries in place, so the order stays.
    all: () => [...byKey.values()],
    each(visit) {
      for (const { key } of inOrder) {
        const step = byKey.get(key);
        if (step) visit(step);
      }
    },
    byKey,
    applyOf: (plan) => [...byKey.values()].find((step) => step.params.plan === plan.key),
    set: (step, change) => void byKey.set(step.key, { ...(byKey.get(step.key) ?? step), ...change }),
    put: (step) => void byKey.set(step.key, step),
    push: (effect) => void effects.push(effect),
    move(step, event, more = {}) {
      const next = stepMachine.next(step.state, event);
      if (next === undefined) throw new Error(`Step ${step.key} is ${step.state} and can't ${event}`);
      effects.push({ do: "move_step", stepId: step.id, event, ...more });
      board.set(step, { state: next, ...(more.failure ? { failure: more.failure } : {}) });
    },
  };
  return board;
}

function modeOf(steps: readonly StepFact[], facts: Facts): Mode {
  if (facts.workflow.cancelRequestedAt !== undefined) return "cancel";
  if (steps.some((step) => step.state === "denied")) return "stop";
  return steps.some((step) => step.state === "failed") ? "wind_down" : "go";
}

/** Takes in the result of a job that has ended. */
function collect(step: StepFact, board: Board, facts: Facts): void {
  const { job } = step;
  if (step.state !== "running" || !job || !isTerminalJobState(job.state)) return;
  if (job.state !== "succeeded") return collectFailure(step, job, board, facts);
  if (step.kind === "action") return board.move(step, "succeed");
  if (step.kind === "secrets.sync") {
    board.push({ do: "record_secrets", stepId: step.id, jobId: job.id, failed: false });
    return board.move(step, "succeed", step.params.dry ? { note: "Looked at; nothing was made or written" } : {});
  }
  const destroy = step.params.destroy === true;
  if (changesTarget(step)) {
    board.push({ do: "record_target", stepId: step.id, jobId: job.id, outcome: destroy ? "removed" : "applied" });
    return board.move(step, "succeed");
  }
  const { plan, planId } = job;
  if (!plan || planId === undefined) {
    return board.move(step, "fail", {
      failure: { reason: "plan_unavailable", detail: "The job ended well but left no plan. Retry the step to plan again." },
    });
  }
  if (step.params.asMade) board.push({ do: "record_drift", stepId: step.id, planId, plan });
  if (facts.workflow.planOnly)
    return board.move(step, "succeed", { note: plan.hasChanges ? "Planned; nothing is applied" : unchanged(plan) });
  if (!plan.hasChanges) {
    board.push({ do: "record_target", stepId: step.id, jobId: job.id, outcome: destroy ? "removed" : "unchanged" });
    board.move(step, "succeed", { note: "No changes" });
    const apply = board.applyOf(step);
    if (apply?.state === "pending") board.move(apply, "skip", { note: "The plan has no changes" });
    return;
  }
  const mode = modeOf(board.all(), facts);
  if (mode === "stop" || mode === "cancel")
    return board.move(step, "succeed", { note: "Planned; not applied because the workflow is ending" });
  const policies = step.params.byPolicies ? judgePlan(plan, step.target ?? "", facts.settings.policies) : undefined;
  const auto = autoApproval(facts, policies);
  const votes = { ...noVotes, auto: auto !== undefined };
  const complete = missingVotes(facts.settings, votes).length === 0;
  const expiresAt = later(facts.now, facts.settings.approvalExpiresSeconds * 1000);
  board.push({
    do: "ask_approval",
    stepId: step.id,
    planId,
    digest: plan.digest,
    expiresAt,
    complete,
    ...(policies ? { policies } : {}),
    ...(auto ? { auto } : {}),
  });
  board.move(step, "await");
  board.set(step, {
    approval: { id: "", state: complete ? "approved" : "pending", digest: plan.digest, createdAt: facts.now, expiresAt, votes },
  });
}

/** Terraform reports what is otherwise in the account than in its state also where the config says nothing about it. */
function unchanged(plan: PlanSummary): string {
  const seen = plan.drifted ?? 0;
  if (seen === 0) return "No changes";
  const objects = seen === 1 ? "1 object differs" : `${seen} objects differ`;
  return `No changes; ${objects} from the state in what the config does not set`;
}

/** An apply, or the copy of an image, which has no plan. */
function changesTarget(step: StepFact): boolean {
  return step.params.plan !== undefined || step.kind === "component.sync";
}

function collectFailure(step: StepFact, job: JobFact, board: Board, facts: Facts): void {
  const cancelling = facts.workflow.cancelRequestedAt !== undefined;
  const plan = step.params.plan === undefined ? undefined : board.byKey.get(step.params.plan);
  if (plan && job.failure?.reason === "plan_stale" && !cancelling && plan.attempt < maxPlanAttempts) {
    const note = `Planned again: ${job.failure.detail}`;
    board.move(step, "replan", { note });
    board.move(plan, "replan", { note });
    return;
  }
  if (step.kind === "secrets.sync") board.push({ do: "record_secrets", stepId: step.id, jobId: job.id, failed: true });
  if (job.failure && retryLater(step, plan, job.failure, board, facts)) return;
  const failure: Failure = job.failure ?? {
    reason: job.state === "timed_out" ? "timed_out" : "internal",
    detail: `The job ${job.id} ended as ${job.state}`,
  };
  if (changesTarget(step) && job.accepted && !harmless.has(failure.reason)) {
    board.push({ do: "record_target", stepId: step.id, jobId: job.id, outcome: "failed" });
  }
  if (job.state === "cancelled" && cancelling) return board.move(step, "cancel");
  board.move(step, "fail", { failure });
}

/** Tries again what may go well a little later, as often as the config allows. An apply is planned again first. */
function retryLater(step: StepFact, plan: StepFact | undefined, failure: Failure, board: Board, facts: Facts): boolean {
  const first = plan ?? step;
  const done = first.autoRetries ?? 0;
  const most = step.params.retries ?? 0;
  const mode = modeOf(board.all(), facts);
  if (!transientReasons.has(failure.reason) || done >= most || mode === "stop" || mode === "cancel") return false;
  const count = done + 1;
  const notBefore = later(facts.now, retryAfterMs(count));
  const note = `Try ${count + 1} of ${most + 1}, after ${failure.reason}: ${failure.detail.slice(0, 500)}`;
  board.push({ do: "retry_later", stepId: first.id, count, notBefore });
  board.move(step, "replan", { note });
  if (plan) board.move(plan, "replan", { note });
  board.set(first, { autoRetries: count, notBefore });
  return true;
}

/** Waits longer each time: 10 s, 20 s, 40 s … at most 5 minutes. */
function retryAfterMs(count: number): number {
  return Math.min(300_000, 10_000 * 2 ** (count - 1));
}

function later(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

/** Moves what waits for a decision, and what a cancellation ends. */
function settle(step: StepFact, board: Board, facts: Facts, mode: Mode): void {
  if (step.state === "awaiting_approval" && step.approval) return settleApproval(step, step.approval, board, facts, mode);
  if (step.state === "running" && mode === "cancel" && step.job && !step.job.cancelRequested && !isTerminalJobState(step.job.state)) {
    board.push({ do: "cancel_job", jobId: step.job.id, reason: "The workflow was cancelled" });
    board.set(step, { job: { ...step.job, cancelRequested: true } });
  }
  if (step.state === "pending" && (mode === "cancel" || mode === "stop")) board.move(step, "drop");
}

function settleApproval(step: StepFact, approval: ApprovalFact, board: Board, facts: Facts, mode: Mode): void {
  if (approval.state === "denied") return settleDenial(step, approval, board);
  if (mode === "cancel" || mode === "stop") {
    if (approval.state === "pending") board.push({ do: "supersede_approval", stepId: step.id, approvalId: approval.id });
    return board.move(step, mode === "cancel" ? "cancel" : "drop");
  }
  if (approval.digest !== step.job?.plan?.digest) return;
  if (approval.state === "approved") return board.move(step, "approve");
  const overdue = approval.expiresAt !== undefined && facts.now >= approval.expiresAt;
  if (approval.state === "expired" || (approval.state === "pending" && overdue)) {
    if (approval.state === "pending") board.push({ do: "expire_approval", stepId: step.id, approvalId: approval.id });
    const detail = `Nobody decided on the plan of ${step.target ?? step.key} by ${approval.expiresAt}. Retry the step to plan again.`;
    return board.move(step, "deny", { failure: { reason: "approval_expired", detail } });
  }
  if (approval.state !== "pending") return;
  const auto = approval.votes.auto ? undefined : autoApproval(facts);
  const votes = { ...approval.votes, auto: approval.votes.auto || auto !== undefined };
  const complete = missingVotes(facts.settings, votes).length === 0;
  // Enough people may have voted before the settings asked for fewer.
  if (auto) board.push({ do: "auto_approve", stepId: step.id, approvalId: approval.id, auto, complete });
  else if (complete) board.push({ do: "auto_approve", stepId: step.id, approvalId: approval.id, auto: "settings", complete });
  if (!auto && !complete) return;
  board.set(step, { approval: { ...approval, votes, state: complete ? "approved" : "pending" } });
  if (complete) board.move(step, "approve");
}

/** A denial ends the workflow, or leaves this component as it is and goes on, with or without what makes no sense without it. */
function settleDenial(step: StepFact, approval: ApprovalFact, board: Board): void {
  const what = step.target ?? step.key;
  if (approval.denial === undefined) {
    return board.move(step, "deny", { failure: { reason: "denied", detail: `The plan of ${what} was denied` } });
  }
  const note = `Skipped: the plan of ${what} was denied`;
  board.move(step, "skip", { note });
  // What a component stands on can't go while it stays.
  const along = approval.denial === "skip_dependents" || step.params.destroy ? (step.params.blocks ?? []) : [];
  const left = new Set([what, ...along.map((name) => `component:${name}`)]);
  board.each((other) => {
    if (other.state === "pending" && left.has(branchOf(other))) board.move(other, "skip", { note });
  });
}

/** By what a plan is approved without anybody looking at it. */
function autoApproval(facts: Facts, policies?: readonly Verdict[]): Auto | undefined {
  // Where two people must look at it, nothing can stand for one of them.
  if (facts.settings.twoPerson) return undefined;
  if (facts.workflow.approveAll) return "workflow";
  if (facts.installApproveAll) return "install";
  return policies?.every(({ passed }) => passed) ? "policies" : undefined;
}

function start(step: StepFact, board: Board, facts: Facts, mode: Mode): void {
  if (step.state !== "pending" || !mayBegin(step, board, mode)) return;
  if (step.kind === "component.verify") return startVerify(step, board, facts);
  const ready = readiness(step, board.byKey, facts);
  if (ready.ready) {
    board.push({ do: "start_job", stepId: step.id, ...(ready.planDigest === undefined ? {} : { planDigest: ready.planDigest }) });
    const { job: _job, approval: _approval, ...rest } = step;
    board.put({ ...rest, state: "running" });
  } else if ("failure" in ready) board.move(step, "fail", { failure: ready.failure });
}

/** A step that waits for health has no job: it is done when the component was well for long enough, or when it has waited long enough. */
function startVerify(step: StepFact, board: Board, facts: Facts): void {
  const ready = readiness(step, board.byKey, facts);
  if (ready.ready) return board.move(step, "succeed", { note: "Healthy after the deploy" });
  if (!("failure" in ready)) return;
  if (step.params.verify?.block) return board.move(step, "fail", { failure: ready.failure });
  board.move(step, "skip", { note: ready.failure.detail });
}

/** After a failure only branches that have begun go on: a plan that was made is applied, an apply's hooks run. */
function mayBegin(step: StepFact, board: Board, mode: Mode): boolean {
  if (mode === "go") return true;
  if (mode !== "wind_down") return false;
  const branch = branchOf(step);
  return board.all().some((other) => branchOf(other) === branch && other.attempt > 0);
}

function branchOf(step: StepFact): string {
  return step.target ?? step.params.branch ?? step.key;
}

/** True while a pending step can start without anybody retrying anything: it is held up by something outside that will end. */
function canStillStart(board: Board, facts: Facts, mode: Mode): boolean {
  return board.all().some((step) => {
    if (step.state !== "pending" || !mayBegin(step, board, mode)) return false;
    const ready = readiness(step, board.byKey, facts);
    return ready.ready || "hold" in ready;
  });
}

function firstFailure(steps: readonly StepFact[]): Failure {
  const failed = steps.find((step) => step.state === "failed") ?? steps.find((step) => step.state === "denied");
  if (!failed?.failure) return { reason: "internal", detail: "The workflow could not go on. Cancel it and start the operation again." };
  return { ...failed.failure, detail: `${failed.key}: ${failed.failure.detail}` };
}
