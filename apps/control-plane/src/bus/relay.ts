import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@berth/kit/log";
import { createPostgresRelayBackend, Relay, runMigrations } from "bullmq";
import pg from "pg";
import { createLocalBus } from "./local.ts";
import type { Bus, BusMessage } from "./port.ts";

/** What travels: messages, and who sent them, so that a replica does not hear itself twice. */
type Envelope = { from: string; messages: BusMessage[] };

const relayTopic = "berth.bus";
/** A replica that Redis has forgotten (it was emptied) is back after a third of this, in ms. */
const leaseDuration = 6000;
const closeWithinMs = 2000;
/** Other replicas hear what there is this often at most, in ms; those who listen in this one at once. */
const everyMs = 10;

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
    if (data.from !== input.replicaId) for (const message of data.messages) local.deliver(message);
  });
  const sending = new Set<Promise<unknown>>();
  const others = gather((messages) => {
    const sent = relay
      .publish(relayTopic, { from: input.replicaId, messages } satisfies Envelope)
      .catch((error: unknown) => input.logger.warn({ err: error, lost: messages.length }, "messages to the other replicas were lost"))
      .finally(() => sending.delete(sent));
    sending.add(sent);
  });
  return {
    publish(message) {
      local.deliver(message);
      others.push(message);
      return Promise.resolve();
    },
    subscribe: (topic, listener) => local.subscribe(topic, listener),
    async close() {
      others.flush();
      await local.close();
      // Bounded: a Redis that is gone would keep its commands waiting for ever.
      const closed = Promise.all(sending).then(() => relay.close());
      await Promise.race([closed, sleep(closeWithinMs, undefined, { ref: false })]);
      await close();
    },
  };
}

/** Sends what is pushed: at once after a pause, else together with the rest of its interval, of messages about the same thing only the newest. */
function gather(send: (messages: BusMessage[]) => void): { push(message: BusMessage): void; flush(): void } {
  const waiting = new Map<string, BusMessage>();
  let timer: NodeJS.Timeout | undefined;
  let last = 0;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    const messages = [...waiting.values()];
    waiting.clear();
    last = Date.now();
    send(messages);
  }

  return {
    push(message) {
      waiting.set(subjectOf(message), message);
      timer ??= setTimeout(flush, Math.max(0, last + everyMs - Date.now()));
    },
    flush,
  };
}

/** The same for messages of which the newest says it all. */
function subjectOf({ topic, data }: BusMessage): string {
  switch (topic) {
    case "runner":
      return `${topic} ${data.runnerId} ${data.about}`;
    case "events":
      return `${topic} ${data.orgId} ${data.workflowId} ${data.installId}`;
    case "logs":
      return `${topic} ${data.streamId}`;
    case "builds":
      return `${topic} ${data.buildId}`;
  }
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
