import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@berth/kit/errors";
import { UnrecoverableError, type Job, type Worker } from "bullmq";
import { tickSchedule } from "../actions/tick.ts";
import { runBuild } from "../build/run.ts";
import type { System } from "../context.ts";
import type { Role } from "../env.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import type { Backend } from "./backend.ts";
import type { QueueName, QueuePayloads } from "./names.ts";
import { sweep } from "./sweep.ts";

type Handler<N extends QueueName> = {
  /** The role whose processes take from the queue. */
  role: Role;
  /** Jobs of the queue that one process works on at a time. */
  concurrency: number;
  run: (input: { system: System; data: QueuePayloads[N]; signal: AbortSignal }) => Promise<unknown>;
};

/** What every queue's jobs do: a verb that looks at the rows. */
const handlers: { [N in QueueName]: Handler<N> } = {
  "workflow-advance": {
    role: "worker",
    concurrency: 8,
    run: ({ system, data }) => advanceWorkflow({ system, workflowId: data.workflowId }),
  },
  "build-run": { role: "builder", concurrency: 2, run: ({ system, data, signal }) => runBuild({ system, buildId: data.buildId, signal }) },
  "schedule-tick": { role: "worker", concurrency: 4, run: ({ system, data }) => tickSchedule({ system, input: data }) },
  "sweep-run": { role: "worker", concurrency: 1, run: ({ system }) => sweep(system) },
};

/** Longest a stop waits for jobs that run, in ms. */
const patienceMs = 15_000;

/** Takes jobs for the roles. @returns how to stop: no new jobs, builds are told, and those that run are waited for */
export function startWorkers({
  system,
  roles,
  backend,
}: {
  system: System;
  roles: readonly Role[];
  backend: Backend;
}): () => Promise<void> {
  const stopping = new AbortController();
  const names = (Object.keys(handlers) as QueueName[]).filter((name) => roles.includes(handlers[name].role));
  const workers = names.map((name) => {
    const { concurrency, run } = handlers[name];
    const worker = backend.worker(name, (job) => handle(job, (data) => run({ system, data: data as never, signal: stopping.signal })), {
      concurrency,
    });
    worker.on("error", (error: Error) => system.logger.warn({ err: error, queue: name }, "a queue worker has a problem"));
    worker.on("failed", (job: Job | undefined, error: Error) => {
      system.logger.error({ err: error, queue: name, data: job?.data as unknown, attempt: job?.attemptsMade }, "a queued job failed");
    });
    return worker;
  });
  return async () => {
    stopping.abort();
    await Promise.all(workers.map((worker) => closeWorker(worker)));
  };
}

/** Waits for the jobs that run, but not for ever: what is cut off here is found by its lease or by the sweeper. */
async function closeWorker(worker: Worker): Promise<void> {
  const closed = worker.close().catch(() => {});
  await Promise.race([closed, sleep(patienceMs, undefined, { ref: false })]);
}

/** Runs a job's verb. An expected failure will not go away by itself; anything else is tried again, later and later. */
export async function handle(job: Pick<Job, "data">, run: (data: unknown) => Promise<unknown>): Promise<void> {
  try {
    await run(job.data);
  } catch (error) {
    if (error instanceof AppError) throw new UnrecoverableError(`${error.code}: ${error.message}`);
    throw error;
  }
}
