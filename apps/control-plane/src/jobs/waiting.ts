import type { JobState } from "@berth/protocol/job-state";
import type { Waiting } from "../db/schema.ts";

/** What {@link explainWaiting} goes by. */
export type WaitingFacts = {
  job: { state: JobState; target?: string; createdAt: Date; assignedAt?: Date; leaseExpiresAt?: Date };
  runner: { id: string; slots: number; waiting?: Waiting };
  /** Jobs the runner has now. */
  active: number;
  /** Queued jobs of the runner that go before it. */
  first: number;
  /** A job that has to be done with the target first. */
  blocker?: { id: string; state: JobState };
  reconnectWindowMs: number;
};

/** Why a job does not run, since when, what it waits for and what would make it go on; undefined where it runs or has ended. */
export function explainWaiting(facts: WaitingFacts): Waiting | undefined {
  const { job, runner, blocker } = facts;
  switch (job.state) {
    case "queued":
      if (runner.waiting) return { ...runner.waiting, since: latest(job.createdAt.toISOString(), runner.waiting.since) };
      if (blocker)
        return {
          reason: "target_busy",
          since: job.createdAt.toISOString(),
          waitsFor: `job ${blocker.id}, which is ${blocker.state} on ${job.target ?? "the same target"}`,
          next: "Two jobs never work on the same target while one of them writes it; this one starts when that one has ended.",
        };
      if (facts.active >= runner.slots)
        return {
          reason: "runner_busy",
          since: job.createdAt.toISOString(),
          waitsFor: `one of the ${runner.slots} slots of runner ${runner.id}`,
          next: `It starts when one of the runner's jobs ends${facts.first === 0 ? "" : ` and ${facts.first === 1 ? "the one that goes first has" : `the ${facts.first} that go first have`} begun`}. More slots can be configured at the runner.`,
        };
      return {
        reason: "dispatching",
        since: job.createdAt.toISOString(),
        waitsFor: `runner ${runner.id} to be offered the job`,
        next: "This takes a moment, at most 15 s.",
      };
    case "assigned":
      return {
        reason: "awaiting_accept",
        since: (job.assignedAt ?? job.createdAt).toISOString(),
        waitsFor: `runner ${runner.id} to accept`,
        next: "Without an answer it is offered again within seconds.",
      };
    case "lost": {
      const since = job.leaseExpiresAt ?? job.createdAt;
      return {
        reason: "runner_lost",
        since: since.toISOString(),
        waitsFor: `runner ${runner.id} to come back and report`,
        next: "It may still be at work, cut off from here. After the deadline a person decides whether to wait on or to give the job up.",
        deadline: new Date(since.getTime() + facts.reconnectWindowMs).toISOString(),
      };
    }
    case "running":
    case "succeeded":
    case "failed":
    case "cancelled":
    case "timed_out":
      return undefined;
  }
}

function latest(a: string, b: string): string {
  return a > b ? a : b;
}
