import type { RunnerState, Waiting } from "../db/schema.ts";
import { missingVotes } from "../approvals/needed.ts";
import type { Facts, StepFact } from "./facts.ts";
import { readiness } from "./readiness.ts";

/** Why a workflow and each of its steps don't go on right now. What runs or has ended is not in it. */
export type Explanation = { workflow?: Waiting; steps: Map<string, Waiting> };

/** Tells for everything that doesn't run what it waits for, since when, and what would make it go on. Pure: also used on fresh facts when somebody asks. */
export function explain(facts: Facts): Explanation {
  const steps = new Map<string, Waiting>();
  const { state } = facts.workflow;
  if (state === "queued") return { workflow: queuedBehind(facts), steps };
  if (state !== "running" && state !== "awaiting_approval") return { steps };

  const byKey = new Map(facts.steps.map((step) => [step.key, step]));
  for (const step of facts.steps) {
    const waiting = waitingOf(step, byKey, facts);
    if (waiting) steps.set(step.id, waiting);
  }
  const active = facts.steps.some((step) => step.state === "running" && !steps.has(step.id));
  const first = facts.steps.find((step) => steps.get(step.id) && steps.get(step.id)?.reason !== "steps_ahead");
  const why = first && !active ? steps.get(first.id) : undefined;
  return why ? { workflow: why, steps } : { steps };
}

function queuedBehind(facts: Facts): Waiting {
  const { ahead, closed, workflow } = facts;
  if (!ahead && closed) {
    const { opensAt } = closed;
    return {
      reason: "maintenance_window",
      since: workflow.createdAt,
      waitsFor: "the install's maintenance window",
      next: `${opensAt === undefined ? "It never opens again" : "It starts by itself when it opens"}; cancel it and start it with \`--now <why>\` if it can't wait`,
      ...(opensAt === undefined ? {} : { deadline: opensAt }),
    };
  }
  if (!ahead) return { reason: "starting", since: workflow.createdAt, waitsFor: "the control plane", next: "It starts within seconds" };
  const more = ahead.count > 1 ? ` and ${ahead.count - 1} more` : "";
  const one = ahead.count === 1;
  const awaiting = ahead.state === "awaiting_approval" ? "; it waits for an approval" : "";
  return {
    reason: "workflow_ahead",
    since: ahead.since,
    waitsFor: ahead.workflowId,
    next: `It starts when ${ahead.operation} ${ahead.workflowId}${more} on this install ${one ? "has" : "have"} ended, which ${one ? "touches" : "touch"} what it changes or goes by: number ${ahead.count} in line${awaiting}`,
  };
}

function waitingOf(step: StepFact, steps: ReadonlyMap<string, StepFact>, facts: Facts): Waiting | undefined {
  if (step.state === "awaiting_approval") {
    const since = step.approval?.createdAt ?? facts.now;
    const missing = step.approval ? missingVotes(facts.settings, step.approval.votes) : [];
    const held = step.approval?.heldBy ? `. It is not approved by itself: ${step.approval.heldBy.join("; ")}` : "";
    const whose =
      missing.length === 0 || (missing.length === 1 && missing[0] === "the vendor") ? "" : `: ${missing.join(" and ")} must approve it`;
    return {
      reason: "approval",
      since,
      waitsFor: step.approval?.id ?? "an approval",
      next: `Approve or deny the plan${whose}${held}`,
      ...(step.approval?.expiresAt === undefined ? {} : { deadline: step.approval.expiresAt }),
    };
  }
  if (step.state === "running") return runningJob(step, facts);
  if (step.state !== "pending") return undefined;
  const ready = readiness(step, steps, facts);
  if (ready.ready || "failure" in ready) return undefined;
  if ("hold" in ready) return ready.hold;
  const needs = ready.needs.join(", ");
  return {
    reason: "steps_ahead",
    since: facts.workflow.createdAt,
    waitsFor: needs,
    next: `It starts when ${needs} ${ready.needs.length === 1 ? "is" : "are"} done`,
  };
}

/** A step whose job does not run waits for its runner. */
function runningJob(step: StepFact, facts: Facts): Waiting | undefined {
  const { job } = step;
  if (!job || job.state === "running" || job.state === "assigned") return undefined;
  if (job.state === "lost") {
    const { since, deadline } = job.lost ?? { since: job.createdAt, deadline: job.createdAt };
    const patient = facts.now < deadline;
    const next = patient
      ? "The runner was cut off while it worked and may still be at it; it reports when it is back"
      : `The runner has not come back. Wait on, or look at what stands in the account, cancel job ${job.id} and retry the step`;
    return { reason: "runner_lost", since, waitsFor: job.id, next, deadline };
  }
  if (job.state !== "queued") return undefined;
  const { runner } = facts;
  if (!runner) return { reason: "no_runner", since: job.createdAt, waitsFor: "a runner", next: "Enrol a runner in the customer's account" };
  const since = runner.lastSeenAt ?? job.createdAt;
  const [reason, next] = runner.state === "online" && runner.draining ? drainingRunner : runnerHolds[runner.state];
  return { reason, since: runner.state === "online" ? job.createdAt : since, waitsFor: runner.id, next };
}

const drainingRunner = ["runner_draining", "The runner takes no new work; it goes on when it is back"] as const;

/** Why a queued job of a runner in this state doesn't run, and what would help. */
const runnerHolds: Readonly<Record<RunnerState, readonly [reason: string, next: string]>> = {
  enrolling: ["runner_not_enrolled", "Run the enrolment command in the customer's account"],
  online: ["runner_busy", "It runs when the runner has a free slot"],
  offline: ["runner_offline", "It goes on when the runner is connected again"],
  disabled: ["runner_disabled", "Enable the runner again"],
  revoked: ["no_runner", "Enrol a new runner in the customer's account"],
};
