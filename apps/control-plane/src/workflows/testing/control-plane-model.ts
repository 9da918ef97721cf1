import { isTerminalJobState, nextJobState, type JobEvent } from "@berth/protocol/job-state";
import type { Random } from "./random.ts";
import { keyOf } from "./runner-model.ts";
import type { Message, Result, Wire } from "./wire.ts";
import type { World, WorldJob } from "./world.ts";

const events = { succeeded: "succeed", failed: "fail", cancelled: "cancel" } as const satisfies Record<Result["outcome"], JobEvent>;

/**
 * The control plane's core: the workflow's tables and decider, jobs by their state table with epochs, offers, leases and reconciliation. All of it is in the
 * database and survives; what a crash takes is the session and the messages that say "look".
 */
export class ControlPlaneModel {
  readonly wire: Wire;
  readonly world: World;
  readonly random: Random;
  readonly epochs = new Map<string, number>();
  /** The results that were taken in, by attempt. */
  readonly taken = new Map<string, Result>();
  /** In memory: the session it believes to be ready, whether or not the runner still does, and the nudge that was not lost. */
  session: number | undefined;
  nudged = true;

  constructor(wire: Wire, world: World, random: Random) {
    this.wire = wire;
    this.world = world;
    this.random = random;
  }

  crash(): void {
    this.session = undefined;
    this.nudged = false;
    this.wire.cut();
  }

  /** Commits come first, the message about them after: it may be lost between the two. */
  nudge(harsh: boolean): void {
    if (!harsh || this.random.chance(0.7)) this.nudged = true;
  }

  /** Offers one job, as a claim does: the oldest that nothing else on its target forbids. */
  offer(): void {
    if (this.session === undefined) return;
    const open = [...this.world.jobs.values()];
    const job = open.find((each) => each.state === "queued" && !open.some((other) => other !== each && inTheWay(other, each)));
    if (!job) return;
    const epoch = (this.epochs.get(job.id) ?? 0) + 1;
    this.#move(job, "assign");
    this.epochs.set(job.id, epoch);
    const kind = job.writes ? (job.repeatable ? "sync" : "apply") : job.repeatable ? "plan" : "action";
    this.#send({ to: "runner", type: "assign", jobId: job.id, epoch, kind, target: job.target ?? "", planDigest: job.planDigest ?? "" });
  }

  /** An offer that nobody answered: what is safe to repeat goes back; otherwise the session ends and the next one's `holding` decides. */
  expireOffer(harsh: boolean): void {
    const job = this.random.pick([...this.world.jobs.values()].filter(({ state }) => state === "assigned"));
    if (!job) return;
    if (safe(job)) this.#requeue(job, harsh);
    else {
      this.session = undefined;
      this.wire.cut();
    }
  }

  /** A lease that ran out: the runner is cut off, or slow. */
  expireLease(harsh: boolean): void {
    const job = this.random.pick(
      [...this.world.jobs.values()].filter(({ state }) => state === "running" || (state === "assigned" && this.session === undefined)),
    );
    if (!job) return;
    this.#move(job, "lose");
    if (safe(job)) this.#requeue(job, harsh);
    else if (job.cancelRequested) this.#end(job, "cancel", { outcome: "cancelled", failure: { reason: "cancelled", detail: "" } }, harsh);
  }

  /** Cancels are passed on at every look, until the job has ended. */
  passCancels(): void {
    if (this.session === undefined) return;
    for (const job of this.world.jobs.values()) {
      if (job.cancelRequested && !isTerminalJobState(job.state))
        this.#send({ to: "runner", type: "cancel", jobId: job.id, epoch: this.epochs.get(job.id) ?? 0 });
    }
  }

  take(message: Message, harsh: boolean): void {
    if (message.to !== "control plane") return;
    if (message.type === "hello") {
      // It comes once, first: a second one tells of a past that is over.
      if (this.session !== this.wire.session) this.#hello(message.holding, harsh);
      return;
    }
    if (this.session === undefined) return;
    const { jobId, epoch } = message;
    const job = this.world.jobs.get(jobId);
    if (!job) return;
    const current = this.epochs.get(jobId) === epoch;
    if (message.type === "accept") {
      if (current) this.#accept(job, harsh);
    } else if (message.type === "reject") {
      if (current && job.state === "assigned") this.#requeue(job, harsh);
    } else {
      // A result of an attempt that was given up is refused; either way the runner drops it.
      const event = events[message.result.outcome];
      if (current && nextJobState(job.state, event) !== undefined) this.#end(job, event, message.result, harsh);
      this.#send({ to: "runner", type: "finish.ack", jobId, epoch });
    }
  }

  /** A new session: what the runner holds goes on or is over; what it should hold and does not is dealt with. */
  #hello(holding: Extract<Message, { type: "hello" }>["holding"], harsh: boolean): void {
    const obsolete: { jobId: string; epoch: number }[] = [];
    const held = new Set(holding.map(keyOf));
    for (const { jobId, epoch } of holding) {
      const job = this.world.jobs.get(jobId);
      if (!job || this.epochs.get(jobId) !== epoch || job.state === "queued") obsolete.push({ jobId, epoch });
      else if (!isTerminalJobState(job.state)) this.#accept(job, harsh);
    }
    for (const job of this.world.jobs.values()) {
      if (held.has(keyOf({ jobId: job.id, epoch: this.epochs.get(job.id) ?? 0 }))) continue;
      if (job.state === "assigned" || (job.state === "lost" && !job.accepted)) this.#requeue(job, harsh);
      else if (job.state === "running" || job.state === "lost") {
        if (safe(job)) {
          if (job.state === "running") this.#move(job, "lose");
          this.#requeue(job, harsh);
        } else this.#end(job, "fail", { outcome: "failed", failure: { reason: "runner_lost", detail: "" } }, harsh);
      }
    }
    this.session = this.wire.session;
    this.#send({ to: "runner", type: "ready", obsolete });
  }

  #accept(job: WorldJob, harsh: boolean): void {
    if (nextJobState(job.state, "accept") === undefined) return;
    this.#move(job, "accept");
    job.accepted = true;
    this.nudge(harsh);
  }

  #requeue(job: WorldJob, harsh: boolean): void {
    if (job.cancelRequested) return this.#end(job, "cancel", { outcome: "cancelled", failure: { reason: "cancelled", detail: "" } }, harsh);
    this.#move(job, "requeue");
    job.accepted = false;
  }

  #end(job: WorldJob, event: JobEvent, result: Result, harsh: boolean): void {
    this.#move(job, event);
    this.taken.set(keyOf({ jobId: job.id, epoch: this.epochs.get(job.id) ?? 0 }), result);
    if (result.failure) job.failure = result.failure;
    if (result.plan) Object.assign(job, { plan: result.plan, planId: `plan-of-${job.id}` });
    if (event !== "cancel" || result.plan) job.accepted = true;
    this.nudge(harsh);
  }

  #send(message: Message): void {
    this.wire.send(message, this.session ?? -1);
  }

  #move(job: WorldJob, event: JobEvent): void {
    const next = nextJobState(job.state, event);
    if (next === undefined) this.world.broken.push(`job ${job.id} is ${job.state} and was asked to ${event}`);
    else job.state = next;
  }
}

function safe(job: WorldJob): boolean {
  return job.repeatable;
}

function inTheWay(other: WorldJob, job: WorldJob): boolean {
  const atWork = other.state === "assigned" || other.state === "running" || other.state === "lost";
  return atWork && other.target !== undefined && other.target === job.target && (other.writes || job.writes);
}
