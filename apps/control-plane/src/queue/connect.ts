import type { Logger } from "@berth/kit/log";
import type { Queue } from "bullmq";
import type { System } from "../context.ts";
import type { Role } from "../env.ts";
import { connectBackend } from "./backend.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { createAdvanceHere, type AdvanceHere } from "./advance-here.ts";
import { queueNames, type Enqueue, type QueueJob, type QueueName } from "./names.ts";
import { createSchedulers } from "./schedule.ts";
import { startSweeper } from "./sweep.ts";
import { startWorkers } from "./workers.ts";

/** The queues of one process. */
export type Queues = {
  enqueue: Enqueue;
  /** Starts what the roles of this process take from the queues, and with `worker` the sweeper. */
  startWorkers(input: { system: System; roles: readonly Role[] }): Promise<void>;
  /** Stops taking jobs and waits for those that run. Builds are told to stop. */
  stopWorkers(): Promise<void>;
  /** Whether the queues answer. @throws what they fail with */
  check(): Promise<void>;
  /** Stops the workers and lets go of the connections. */
  close(): Promise<void>;
};

/** Longest an enqueue may hold up its caller, in ms: a lost one costs seconds, a hanging one a request. */
const enqueueTimeoutMs = 1_000;
const closeTimeoutMs = 3_000;

/** Connects to the queues. Call {@link Queues.startWorkers} once the system that uses `enqueue` stands. */
export async function startQueue(input: { databaseUrl: string; redisUrl?: string; logger: Logger }): Promise<Queues> {
  const { logger } = input;
  const backend = await connectBackend(input);
  const queues = new Map<QueueName, Queue>();
  for (const name of queueNames) {
    const queue = backend.queue(name);
    queue.on("error", (error: Error) => logger.warn({ err: error, queue: name }, "a queue has a problem"));
    queues.set(name, queue);
  }
  const queueOf = (name: QueueName): Queue => {
    const queue = queues.get(name);
    if (!queue) throw new Error(`There is no queue ${name}`);
    return queue;
  };
  const stops: (() => Promise<void>)[] = [];
  let here: AdvanceHere | undefined;
  await Promise.all([...queues.values()].map((queue) => queue.waitUntilReady()));

  async function stopWorkers(): Promise<void> {
    for (const stop of stops.splice(0).toReversed()) await stop();
  }

  async function add(job: QueueJob): Promise<void> {
    const added = queueOf(job.queue).add(job.queue, job.data, {
      ...(job.delayMs === undefined ? {} : { delay: job.delayMs }),
      ...(job.dedupe === undefined ? {} : { jobId: job.dedupe }),
    });
    await within(added, enqueueTimeoutMs, `Queue ${job.queue} did not take a job`);
  }

  return {
    stopWorkers,
    async enqueue(job) {
      if (here && job.queue === "workflow-advance" && job.delayMs === undefined) here.push(job.data.workflowId);
      else await add(job);
    },
    async startWorkers({ system, roles }) {
      stops.push(startWorkers({ system, roles, backend }));
      if (roles.includes("worker")) {
        const advancing = createAdvanceHere({ advance: (workflowId) => advanceWorkflow({ system, workflowId }), enqueue: add, logger });
        here = advancing;
        stops.push(startSweeper({ system, schedulers: createSchedulers({ system, queue: queueOf("schedule-tick") }) }));
        stops.push(async () => {
          here = undefined;
          await advancing.stop();
        });
      }
      await Promise.resolve();
    },
    async check() {
      await queueOf("workflow-advance").getWaitingCount();
    },
    async close() {
      await stopWorkers();
      const closed = Promise.all([...queues.values()].map((queue) => queue.close()));
      await within(closed, closeTimeoutMs, "The queues did not close").catch((error: unknown) => {
        // A Redis that is away takes no farewell.
        logger.warn({ err: error }, "the queues were not closed cleanly");
      });
      await backend.close();
    },
  };
}

async function within<T>(work: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${ms} ms`)), ms);
  });
  // It may still fail when nobody waits for it any more.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
