import type { Failure, PlanSummary } from "@berth/protocol/job-result";
import { isTerminalJobState, type JobState } from "@berth/protocol/job-state";
import { missingVotes, noVotes, tally, type KeptVote } from "../../approvals/needed.ts";
import type { TargetState } from "../../db/schema.ts";
import { decide, type Effect } from "../decide.ts";
import type { ApprovalFact, BuildFact, Facts, JobFact, StepFact } from "../facts.ts";
import type { GeneratedStep } from "../generate.ts";
import { retryMoves, skipMoves, type Move } from "../retry.ts";
import { isDone, stepMachine, workflowMachine } from "../state.ts";

type MutableStep = { -readonly [K in keyof StepFact]: StepFact[K] };

export type WorldJob = { -readonly [K in keyof JobFact]: JobFact[K] } & {
  stepKey: string;
  target?: string;
  writes: boolean;
  /** Handed out again when it was lost. */
  repeatable: boolean;
  planDigest?: string;
};

/** The vendor's vote as a rule gives it. */
const byRule = { identity: "system", side: "vendor", decision: "auto_approve" } as const;

/** The tables of one workflow in memory: what the shell does with effects, for tests of the pure parts. Checks the invariants as it goes. */
export class World {
  state: Facts["workflow"]["state"] = "queued";
  cancelRequested = false;
  approveAll = false;
  installApproveAll = false;
  settings: Facts["settings"] = { twoPerson: false, customerApproval: false, approvalExpiresSeconds: 86_400, policies: [] };
  now = "2030-01-01T00:00:00.000Z";
  health: NonNullable<Facts["health"]> = {};
  runner: Facts["runner"] = { id: "run1", state: "online", draining: false };
  busy: Record<string, { jobId: string; workflowId: string; since: string }> = {};
  readonly steps: MutableStep[];
  readonly jobs = new Map<string, WorldJob>();
  readonly builds = new Map<string, BuildFact>();
  readonly targets = new Map<string, TargetState>();
  /** Digests that somebody (or an approve-all) has approved. */
  readonly approved = new Set<string>();
  /** What was said to each digest, and how it stood with the settings when that was enough. */
  readonly #votes = new Map<string, KeptVote[]>();
  readonly #agreed = new Map<string, { votes: readonly KeptVote[]; settings: Facts["settings"] }>();
  readonly broken: string[] = [];
  #counter = 0;

  readonly input: { planOnly: boolean; operation: string };

  constructor(generated: readonly GeneratedStep[], input: { planOnly: boolean; operation: string }) {
    this.input = input;
    this.steps = generated.map((step, index) => ({
      id: `step${index}`,
      index,
      key: step.key,
      kind: step.kind,
      params: step.params,
      needs: step.needs,
      state: step.skip === undefined ? "pending" : "skipped",
      attempt: 0,
      builds: [],
      ...(step.target === undefined ? {} : { target: step.target }),
    }));
  }

  facts(): Facts {
    return {
      now: this.now,
      settings: this.settings,
      health: this.health,
      workflow: {
        id: "wfl1",
        operation: this.input.operation,
        state: this.state,
        planOnly: this.input.planOnly,
        approveAll: this.approveAll,
        createdAt: "2030-01-01T00:00:00.000Z",
        ...(this.cancelRequested ? { cancelRequestedAt: "2030-01-01T00:00:00.000Z" } : {}),
      },
      installApproveAll: this.installApproveAll,
      busy: this.busy,
      steps: this.steps.map((step) => {
        const job = step.job ? this.jobs.get(step.job.id) : undefined;
        const build = step.target === undefined ? undefined : this.builds.get(step.target);
        return {
          ...step,
          ...(job ? { job: { ...job } } : {}),
          builds: build && step.target !== undefined ? [{ target: step.target, build }] : [],
        };
      }),
      ...(this.runner ? { runner: this.runner } : {}),
    };
  }

  /** Decides, checks that the decision is a fixpoint and does what it says. */
  advance(): Effect[] {
    const effects = decide(this.facts());
    for (const effect of effects) this.#perform(effect);
    // A job that no runner has ends at once when it is cancelled, and that is news.
    if (effects.some((effect) => effect.do === "cancel_job")) return [...effects, ...this.advance()];
    const more = decide(this.facts());
    if (more.length > 0) this.broken.push(`not a fixpoint: ${JSON.stringify(more)} after ${JSON.stringify(effects)}`);
    return effects;
  }

  openJobs(): WorldJob[] {
    return [...this.jobs.values()].filter((job) => !isTerminalJobState(job.state));
  }

  endJob(job: WorldJob, state: JobState, more: { failure?: Failure; plan?: PlanSummary } = {}): void {
    Object.assign(job, more, { state, accepted: true });
    if (more.plan) job.planId = `plan-of-${job.id}`;
  }

  pendingApprovals(): { step: StepFact; approval: ApprovalFact }[] {
    return this.steps.flatMap((step) =>
      step.state === "awaiting_approval" && step.approval?.state === "pending" ? [{ step, approval: step.approval }] : [],
    );
  }

  answer(step: StepFact, decision: "approved" | "denied", denial?: "skip" | "skip_dependents"): void {
    const found = this.#step(step.id);
    if (!found.approval) return;
    if (decision === "denied") {
      found.approval = { ...found.approval, state: decision, ...(denial === undefined ? {} : { denial }) };
      return;
    }
    for (const identity of ["ada", "bob"]) this.#say(found, { identity, side: "vendor" });
    this.#say(found, { identity: "acme", side: "customer" });
    this.#agree(found);
  }

  /** An approval of what waits by somebody; it counts once there are enough. Who started the workflow is refused where two people must agree. */
  vote(step: StepFact, side: "vendor" | "customer", who: { identity?: string; starter?: boolean } = {}): void {
    const found = this.#step(step.id);
    if (!found.approval || (who.starter && this.settings.twoPerson)) return;
    this.#say(found, { side, identity: who.identity ?? `${side}${++this.#counter}`, by_starter: who.starter ?? false });
    if (missingVotes(this.settings, found.approval.votes).length === 0) this.#agree(found);
  }

  /** A plan that waits is found stale, or somebody asks for a fresh one. */
  replan(step: StepFact): void {
    const found = this.#step(step.id);
    if (found.approval) found.approval = { ...found.approval, state: "superseded" };
    this.#move(step.id, "replan");
  }

  retry(stepId: string): void {
    this.#reopen(retryMoves(this.steps, stepId));
  }

  skip(stepId: string): void {
    this.#reopen(skipMoves(this.steps, stepId, "by hand"));
  }

  digest(): string {
    return `sha256:${(++this.#counter).toString(16).padStart(64, "0")}`;
  }

  #reopen(moves: Move[] | { refused: string }): void {
    if ("refused" in moves) return;
    for (const move of moves) this.#move(move.stepId, move.event);
    if (this.state === "failed") this.#moveWorkflow("reopen");
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case "move_workflow":
        return this.#moveWorkflow(effect.event);
      case "move_step":
        return this.#move(effect.stepId, effect.event, effect.failure);
      case "start_job":
        return this.#startJob(effect);
      case "cancel_job": {
        const job = this.jobs.get(effect.jobId);
        // No runner works on it, or none that can be reached: it ends at once.
        if (job && (job.state === "queued" || job.state === "lost"))
          Object.assign(job, { state: "cancelled", failure: { reason: "cancelled", detail: effect.reason } });
        else if (job) job.cancelRequested = true;
        return undefined;
      }
      case "ask_approval": {
        const step = this.#step(effect.stepId);
        step.approval = {
          id: `apr${++this.#counter}`,
          state: "pending",
          digest: effect.digest,
          createdAt: this.now,
          expiresAt: effect.expiresAt,
          votes: noVotes,
        };
        if (effect.auto === "policies" && !effect.policies?.every(({ passed }) => passed))
          this.broken.push(`${step.key} was approved by policies that it does not pass`);
        if (effect.auto) this.#say(step, byRule);
        return effect.complete ? this.#agree(step) : undefined;
      }
      case "auto_approve": {
        const step = this.#step(effect.stepId);
        if (effect.auto !== "settings") this.#say(step, byRule);
        return effect.complete ? this.#agree(step) : undefined;
      }
      case "record_drift":
        return undefined;
      case "expire_approval": {
        const step = this.#step(effect.stepId);
        if (step.approval) step.approval = { ...step.approval, state: "expired" };
        return undefined;
      }
      case "retry_later":
        if (effect.count > (this.#step(effect.stepId).params.retries ?? 0))
          this.broken.push(`${effect.stepId} is tried again more often than it may`);
        Object.assign(this.#step(effect.stepId), { autoRetries: effect.count, notBefore: effect.notBefore });
        return undefined;
      case "supersede_approval": {
        const step = this.#step(effect.stepId);
        if (step.approval) step.approval = { ...step.approval, state: "superseded" };
        return undefined;
      }
      case "record_secrets":
        return undefined;
      case "record_target": {
        const { target } = this.#step(effect.stepId);
        if (target !== undefined)
          this.targets.set(target, effect.outcome === "removed" ? "inactive" : effect.outcome === "failed" ? "error" : "active");
        return undefined;
      }
    }
  }

  #say(step: MutableStep, vote: Partial<KeptVote> & Pick<KeptVote, "identity" | "side">): void {
    if (!step.approval) return;
    const said = [...(this.#votes.get(step.approval.digest) ?? []), { decision: "approve", by_starter: false, ...vote }];
    this.#votes.set(step.approval.digest, said);
    step.approval = { ...step.approval, votes: tally(said) };
  }

  #agree(step: MutableStep): void {
    if (!step.approval) return;
    const { digest } = step.approval;
    step.approval = { ...step.approval, state: "approved" };
    this.approved.add(digest);
    this.#agreed.set(digest, { votes: this.#votes.get(digest) ?? [], settings: this.settings });
  }

  #startJob(effect: Extract<Effect, { do: "start_job" }>): void {
    const step = this.#step(effect.stepId);
    for (const key of step.needs) {
      const needed = this.steps.find((candidate) => candidate.key === key);
      if (needed && !isDone(needed.state)) this.broken.push(`${step.key} started before ${key}, which is ${needed.state}`);
    }
    const applies = step.params.plan !== undefined;
    if (applies) this.#checkAgreed(step, effect.planDigest);
    const writes = applies || step.kind === "component.sync" || step.kind === "secrets.sync";
    if (applies && (effect.planDigest === undefined || !this.approved.has(effect.planDigest)))
      this.broken.push(`${step.key} applies what nobody approved`);
    const plan = this.steps.find((candidate) => candidate.key === step.params.plan);
    if (plan && this.jobs.get(plan.job?.id ?? "")?.plan?.digest !== effect.planDigest)
      this.broken.push(`${step.key} does not apply the newest plan`);
    if (step.target !== undefined && this.busy[step.target])
      this.broken.push(`${step.key} started while another workflow writes ${step.target}`);
    if (writes && this.openJobs().some((job) => job.writes && job.target === step.target))
      this.broken.push(`two writers on ${step.target}`);
    this.#move(step.id, "start");
    step.attempt += 1;
    delete step.approval;
    const job: WorldJob = {
      id: `job${++this.#counter}`,
      state: "queued",
      createdAt: "2030-01-01T00:00:00.000Z",
      accepted: false,
      cancelRequested: false,
      stepKey: step.key,
      writes,
      repeatable: !applies && step.kind !== "action",
      ...(step.target === undefined ? {} : { target: step.target }),
      ...(effect.planDigest === undefined ? {} : { planDigest: effect.planDigest }),
    };
    this.jobs.set(job.id, job);
    step.job = job;
  }

  /** Counts by itself who agreed to what is about to be applied, by the settings at the time it was approved. */
  #checkAgreed(step: MutableStep, digest: string | undefined): void {
    const agreed = this.#agreed.get(digest ?? "");
    if (!agreed) return void this.broken.push(`${step.key} applies what nobody agreed to`);
    const { settings, votes } = agreed;
    const people = votes.filter(
      ({ side, identity, by_starter: starter }) => side === "vendor" && identity !== "system" && !(starter && settings.twoPerson),
    );
    const different = new Set(people.map(({ identity }) => identity)).size;
    const enough = settings.twoPerson ? different >= 2 : different >= 1 || votes.some(({ identity }) => identity === "system");
    if (!enough) this.broken.push(`${step.key} was agreed to by ${different} of the vendor`);
    if (settings.customerApproval && !votes.some(({ side }) => side === "customer"))
      this.broken.push(`${step.key} was not agreed to by the customer`);
  }

  #moveWorkflow(event: Parameters<typeof workflowMachine.next>[1]): void {
    const next = workflowMachine.next(this.state, event);
    if (next === undefined) this.broken.push(`a ${this.state} workflow was asked to ${event}`);
    else this.state = next;
  }

  #move(stepId: string, event: Parameters<typeof stepMachine.next>[1], failure?: Failure): void {
    const step = this.#step(stepId);
    const next = stepMachine.next(step.state, event);
    if (next === undefined) this.broken.push(`${step.key} is ${step.state} and was asked to ${event}`);
    else step.state = next;
    if (event === "retry") delete step.autoRetries;
    if (event === "start" || event === "retry") delete step.notBefore;
    if (next === "succeeded" || next === "skipped") step.finishedAt = this.now;
    if (failure) step.failure = failure;
  }

  #step(id: string): MutableStep {
    const step = this.steps.find((candidate) => candidate.id === id);
    if (!step) throw new Error(`No step ${id}`);
    return step;
  }
}
