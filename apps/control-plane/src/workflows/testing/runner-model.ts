import type { Cloud } from "./cloud.ts";
import type { Random } from "./random.ts";
import type { Message, Result, Wire } from "./wire.ts";

type Assign = Extract<Message, { type: "assign" }>;
type Entry = { assign: Assign; stage: "accepted" | "applying" | "finished"; result?: Result; stopping: boolean };

const slots = 4;

/**
 * The runner's core: a journal that survives anything, job processes that survive the runner, and messages that are sent again until they are answered.
 * Each method is one step that a crash can come before or after.
 */
export class RunnerModel {
  readonly wire: Wire;
  readonly cloud: Cloud;
  readonly random: Random;
  /** On disk. */
  readonly journal = new Map<string, Entry>();
  /** On disk, too: attempts that have been here. The same one again gets the same answer and no second run. */
  readonly known = new Set<string>();
  /** For the check at the end: how each attempt really ended. */
  readonly results = new Map<string, Result>();
  /** In memory. */
  connected = false;
  helloSent = false;

  constructor(wire: Wire, cloud: Cloud, random: Random) {
    this.wire = wire;
    this.cloud = cloud;
    this.random = random;
  }

  /** The runner's process dies. Its jobs' processes don't notice. */
  crash(): void {
    this.connected = false;
    this.helloSent = false;
    this.wire.cut();
  }

  /** The machine goes down: job processes die with it, and the journal tells afterwards that they did not end by themselves. */
  reboot(): void {
    for (const [key, entry] of this.journal) {
      if (entry.stage === "applying") {
        // Killed in the middle: sometimes the change had been made.
        if (this.cloud.applying.get(entry.assign.target) === key) {
          if (this.random.chance(0.5)) this.cloud.commit(entry.assign.target, entry.assign.planDigest);
          else this.cloud.applying.delete(entry.assign.target);
        }
      }
      if (entry.stage !== "finished")
        this.#end(entry, { outcome: "failed", failure: { reason: "internal", detail: "The job's process was killed" } });
    }
    this.crash();
  }

  connect(): void {
    if (this.connected) return;
    this.wire.cut();
    this.helloSent = true;
    const holding = [...this.journal.values()].map(({ assign, stage }) => ({
      jobId: assign.jobId,
      epoch: assign.epoch,
      running: stage !== "finished",
    }));
    this.wire.send({ to: "control plane", type: "hello", holding }, this.wire.session);
  }

  take(message: Message): void {
    if (message.to !== "runner") return;
    if (message.type === "ready") {
      if (!this.helloSent) return;
      this.connected = true;
      for (const { jobId, epoch } of message.obsolete) this.#drop(keyOf({ jobId, epoch }));
      return;
    }
    if (!this.connected) return;
    const key = keyOf(message);
    if (message.type === "assign") this.#assign(message, key);
    else if (message.type === "cancel") {
      const entry = this.journal.get(key);
      if (entry) entry.stopping = true;
    } else {
      const entry = this.journal.get(key);
      if (entry?.stage === "finished") this.journal.delete(key);
    }
  }

  /** One step of one job's process; runs whether the runner lives or not. */
  work(): void {
    const open = [...this.journal.entries()].filter(([, entry]) => entry.stage !== "finished");
    const [key, entry] = this.random.pick(open) ?? [];
    if (!key || !entry) return;
    const { assign } = entry;
    if (entry.stage === "accepted") {
      if (entry.stopping) return this.#end(entry, { outcome: "cancelled", failure: { reason: "cancelled", detail: "" } });
      if (assign.kind === "sync") {
        if (this.random.chance(0.1)) return this.#end(entry, failed("copy_failed"));
        this.cloud.copied.add(assign.target);
        return this.#end(entry, { outcome: "succeeded" });
      }
      if (assign.kind !== "plan") this.cloud.executed.set(assign.jobId, (this.cloud.executed.get(assign.jobId) ?? 0) + 1);
      if (assign.kind === "plan")
        return this.#end(entry, { outcome: "succeeded", plan: this.cloud.plan(assign.target, this.random.chance(0.8)) });
      if (assign.kind === "action") return this.#end(entry, this.random.chance(0.9) ? { outcome: "succeeded" } : failed("action_failed"));
      const begun = this.cloud.begin(assign.target, assign.planDigest, key);
      if (begun !== "begun") return this.#end(entry, failed(begun));
      entry.stage = "applying";
      return;
    }
    this.cloud.commit(assign.target, assign.planDigest);
    this.#end(entry, this.random.chance(0.95) ? { outcome: "succeeded" } : failed("terraform_failed"));
  }

  /** Sends again what has not been answered. */
  report(): void {
    if (!this.connected) return;
    for (const { assign, stage, result } of this.journal.values()) {
      const { jobId, epoch } = assign;
      if (stage === "finished" && result) this.wire.send({ to: "control plane", type: "finish", jobId, epoch, result }, this.wire.session);
    }
  }

  #assign(message: Assign, key: string): void {
    const { jobId, epoch } = message;
    const answer = (type: "accept" | "reject"): void => this.wire.send({ to: "control plane", type, jobId, epoch }, this.wire.session);
    if (this.known.has(key)) return answer("accept");
    const running = [...this.journal.values()].filter(({ stage }) => stage !== "finished").length;
    const older = [...this.journal.entries()].filter(([, entry]) => entry.assign.jobId === jobId);
    if (older.some(([, entry]) => entry.assign.epoch > epoch) || running >= slots) return answer("reject");
    for (const [olderKey] of older) this.#drop(olderKey);
    this.journal.set(key, { assign: message, stage: "accepted", stopping: false });
    this.known.add(key);
    answer("accept");
  }

  /** Stops an attempt that nobody wants any more. One that is changing something is let end: its end is told, and refused. */
  #drop(key: string): void {
    const entry = this.journal.get(key);
    if (!entry) return;
    if (entry.stage !== "applying") this.journal.delete(key);
  }

  #end(entry: Entry, result: Result): void {
    entry.stage = "finished";
    entry.result = result;
    this.results.set(keyOf(entry.assign), result);
  }
}

export function keyOf(job: { jobId: string; epoch: number }): string {
  return `${job.jobId} ${job.epoch}`;
}

function failed(reason: "plan_stale" | "state_locked" | "terraform_failed" | "copy_failed" | "action_failed"): Result {
  return { outcome: "failed", failure: { reason, detail: reason } };
}
