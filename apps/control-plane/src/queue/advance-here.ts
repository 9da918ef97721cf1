import { messageOf } from "@berth/kit/errors";
import type { Logger } from "@berth/kit/log";
import type { Enqueue } from "./names.ts";

/** Workflows that one process moves at a time. */
const concurrency = 8;
const tryAgainMs = 500;

/** Moves workflows in the process that has the news of them. */
export type AdvanceHere = {
  /** Looks at a workflow soon; once, however often it is asked before that. */
  push(workflowId: string): void;
  /** Waits for those that are looked at; what was not begun goes to the queue. */
  stop(): Promise<void>;
};

/**
 * Who has the news of a workflow (a job has ended, a plan was approved) moves it as well, without the way through the queue and back: of one workflow one at a time, so
 * that nobody waits for its row. One that fails goes to the queue, which tries again later; one that is lost with the process is found by the sweep.
 */
export function createAdvanceHere(input: {
  advance: (workflowId: string) => Promise<void>;
  enqueue: Enqueue;
  logger: Logger;
}): AdvanceHere {
  const waiting = new Set<string>();
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  async function run(workflowId: string): Promise<void> {
    try {
      await input.advance(workflowId);
    } catch (error) {
      input.logger.warn({ err: messageOf(error), workflowId }, "a workflow could not be moved; the queue tries again");
      await enqueue(workflowId, tryAgainMs);
    }
  }

  async function enqueue(workflowId: string, delayMs = 0): Promise<void> {
    await input
      .enqueue({ queue: "workflow-advance", data: { workflowId }, delayMs })
      .catch((error: unknown) =>
        input.logger.warn({ err: messageOf(error), workflowId }, "a workflow could not be queued; the sweep finds it"),
      );
  }

  function begin(): void {
    for (const workflowId of waiting) {
      if (stopped || running.size >= concurrency) return;
      if (running.has(workflowId)) continue;
      waiting.delete(workflowId);
      const work = run(workflowId).finally(() => {
        running.delete(workflowId);
        begin();
      });
      running.set(workflowId, work);
    }
  }

  return {
    push(workflowId) {
      waiting.add(workflowId);
      begin();
    },
    async stop() {
      stopped = true;
      await Promise.all([...running.values(), ...[...waiting].map((workflowId) => enqueue(workflowId))]);
    },
  };
}
