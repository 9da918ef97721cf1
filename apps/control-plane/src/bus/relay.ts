import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@berth/kit/log";
import { createPostgresRelayBackend, Relay, runMigrations } from "bullmq";
import pg from "pg";
import { createLocalBus } from "./local.ts";
import type { Bus, BusMessage, BusPayloads } from "./port.ts";

/** What travels: a message, and who sent it, so that a replica does not hear itself twice. */
type Envelope = { from: string; message: BusMessage };

const relayTopic = "berth.bus";
/** A replica that Redis has forgotten (it was emptied) is back after a third of this, in ms. */
const leaseDuration = 6000;
const closeWithinMs = 2000;
/** Followers in other replicas hear of a busy stream this often, in ms; those in this one at once. */
const logsEveryMs = 50;

/**
 * The bus between replicas, over BullMQ's Relay: on Redis where there is one, else on the Postgres that is there anyway. Subscribers in this process are
 * called at once; what goes to the others is sent in the background, and a failure costs them one re-check.
 */
export async function createBus(input: { redisUrl?: string; databaseUrl: string; logger: Logger; replicaId: string }): Promise<Bus> {
  const local = createLocalBus((error) => input.logger.error({ err: error }, "a bus listener failed"));
  const { relay, close } = input.redisUrl === undefined ? await onPostgres(input.databaseUrl) : onRedis(input.redisUrl);
  relay.on("error", (error: Error) => input.logger.warn({ err: error }, "the bus between replicas has a problem"));
  await relay.waitUntilReady();
  await relay.subscribe<Envelope>(relayTopic, ({ data }) => {
    if (data.from !== input.replicaId) local.deliver(data.message);
  });
  const sending = new Set<Promise<unknown>>();
  const send = (message: BusMessage): void => {
    const sent = relay
      .publish(relayTopic, { from: input.replicaId, message } satisfies Envelope)
      .catch((error: unknown) => input.logger.warn({ err: error, topic: message.topic }, "a message to the other replicas was lost"))
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };
  const logs = coalesceLogs(send);
  return {
    publish(message) {
      local.deliver(message);
      if (message.topic === "logs") logs.push(message.data);
      else send(message);
      return Promise.resolve();
    },
    subscribe: (topic, listener) => local.subscribe(topic, listener),
    async close() {
      logs.flush();
      await local.close();
      // Bounded: a Redis that is gone would keep its commands waiting for ever.
      const closed = Promise.all(sending).then(() => relay.close());
      await Promise.race([closed, sleep(closeWithinMs, undefined, { ref: false })]);
      await close();
    },
  };
}

/** Sends the first message of a stream at once and then the newest one per interval. */
function coalesceLogs(send: (message: BusMessage) => void): { push(data: BusPayloads["logs"]): void; flush(): void } {
  /** Streams told about in this interval; with what came since, if anything. */
  const recent = new Map<string, BusPayloads["logs"] | undefined>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const waiting = [...recent.values()].filter((data) => data !== undefined);
    recent.clear();
    for (const data of waiting) push(data);
  }

  function push(data: BusPayloads["logs"]): void {
    if (recent.has(data.streamId)) {
      recent.set(data.streamId, data);
      return;
    }
    recent.set(data.streamId, undefined);
    send({ topic: "logs", data });
    timer ??= setTimeout(flush, logsEveryMs);
  }

  return {
    push,
    flush() {
      flush();
      clearTimeout(timer);
    },
  };
}

type Connected = { relay: Relay<never>; close: () => Promise<void> };

function onRedis(url: string): Connected {
  const relay = new Relay({ connection: { url, maxRetriesPerRequest: null }, prefix: "{berth}", namespace: "berth", leaseDuration });
  return { relay: relay as unknown as Relay<never>, close: () => Promise.resolve() };
}

/** BullMQ loads `pg` by itself only from CommonJS: it gets a pool, whose connections have BullMQ's schema as their search path. */
async function onPostgres(url: string): Promise<Connected> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 3,
    options: "-c search_path=bullmq",
    application_name: "berth-bus",
    keepAlive: true,
  });
  pool.on("error", () => {});
  const client = await pool.connect();
  try {
    await runMigrations(client as never);
  } finally {
    client.release();
  }
  const relay = new Relay({ connection: pool as never, backend: createPostgresRelayBackend as never, namespace: "berth", leaseDuration });
  return { relay: relay as unknown as Relay<never>, close: () => pool.end() };
}
