import type { Logger } from "@berth/kit/log";
import { createPostgresBackend, Queue, runMigrations, Worker, type Job } from "bullmq";
import pg from "pg";
import type { QueueName } from "./names.ts";

/** Where BullMQ keeps its jobs: Redis where there is one, else the Postgres that is there anyway. Both look the same from here. */
export type Backend = {
  queue(name: QueueName): Queue;
  worker(name: QueueName, process: (job: Job) => Promise<void>, options: { concurrency: number }): Worker;
  close(): Promise<void>;
};

/** How soon the job of a worker that died is somebody else's, in ms. BullMQ's own defaults make it about a minute. */
const stall = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000 };

/** Completed jobs have done their work in Postgres; failed ones are in the log. A kept one would stand in the way of the next with its id. */
const forget = { removeOnComplete: true, removeOnFail: true } as const;

const retry = { attempts: 5, backoff: { type: "exponential", delay: 250, jitter: 0.5 } } as const;

/** Each worker of the Postgres backend keeps one connection for `LISTEN`; the rest is for queries. */
const poolSize = 12;

/** Connects. On Postgres BullMQ's tables are made or brought up to date first, in a schema of their own; safe from several replicas at once. */
export async function connectBackend(input: { databaseUrl: string; redisUrl?: string; logger: Logger }): Promise<Backend> {
  return input.redisUrl === undefined ? onPostgres(input.databaseUrl, input.logger) : onRedis(input.redisUrl);
}

function onRedis(url: string): Backend {
  const prefix = "{berth}";
  return {
    // Fails at once while Redis is away: who enqueues must not wait for it, the sweeper makes up for what was lost.
    queue: (name) =>
      new Queue(name, {
        connection: { url, maxRetriesPerRequest: null, enableOfflineQueue: false },
        prefix,
        defaultJobOptions: { ...retry, ...forget },
      }),
    worker: (name, process, { concurrency }) =>
      new Worker(name, process, { connection: { url, maxRetriesPerRequest: null }, prefix, concurrency, ...stall, ...keepNone }),
    close: () => Promise.resolve(),
  };
}

async function onPostgres(url: string, logger: Logger): Promise<Backend> {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    options: "-c search_path=bullmq",
    application_name: "berth-queue",
    keepAlive: true,
  });
  pool.on("error", (error) => logger.warn({ err: error }, "a connection of the queue broke"));
  const client = await pool.connect();
  try {
    await runMigrations(client as never, "bullmq");
  } finally {
    client.release();
  }
  // BullMQ's types know its Redis connections alone where no backend is named.
  const connection = pool as never;
  const backend = createPostgresBackend as never;
  return {
    queue: (name) => new Queue(name, { connection, defaultJobOptions: { ...retry, ...forget } }, backend),
    worker: (name, process, { concurrency }) => new Worker(name, process, { connection, concurrency, ...stall, ...keepNone }, backend),
    close: () => pool.end(),
  };
}

const keepNone = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };
