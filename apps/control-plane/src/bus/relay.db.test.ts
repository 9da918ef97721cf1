import { createLogger } from "@berth/kit/log";
import { createTestDatabase } from "@berth/testkit/postgres";
import { itNeeds } from "@berth/testkit/programs";
import { startRedis } from "@berth/testkit/redis";
import { describe, expect, it, vi } from "vitest";
import type { Bus } from "./port.ts";
import { createBus } from "./relay.ts";

const logger = createLogger({ name: "test", level: "silent" });

describe.each(["postgres", "redis"])("the bus on %s", (backend) => {
  const test = backend === "redis" ? itNeeds("redis-server") : it;

  async function two(): Promise<{ a: Bus; b: Bus } & AsyncDisposable> {
    const database = await createTestDatabase();
    const redis = backend === "redis" ? await startRedis() : undefined;
    const connect = (replicaId: string): Promise<Bus> =>
      createBus({ databaseUrl: database.url, ...(redis ? { redisUrl: redis.url } : {}), logger, replicaId });
    // At once: both migrate BullMQ's schema.
    const [a, b] = await Promise.all([connect("a"), connect("b")]);
    return {
      a,
      b,
      async [Symbol.asyncDispose]() {
        await a.close();
        await b.close();
        await redis?.[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }

  test("calls its own subscribers at once and once, and those of the other replica soon", async () => {
    await using buses = await two();
    const own: string[] = [];
    const others: string[] = [];
    buses.a.subscribe("runner", ({ runnerId }) => own.push(runnerId));
    buses.b.subscribe("runner", ({ runnerId }) => others.push(runnerId));
    void buses.a.publish({ topic: "runner", data: { runnerId: "r1" } });
    expect(own).toEqual(["r1"]);
    await vi.waitFor(() => expect(others).toEqual(["r1"]));
    await buses.b.publish({ topic: "runner", data: { runnerId: "r2" } });
    await vi.waitFor(() => expect(own).toEqual(["r1", "r2"]));
    expect(others).toEqual(["r1", "r2"]);
  });

  test("tells the other replica of a busy stream a few times, and always the last offset", async () => {
    await using buses = await two();
    const offsets: number[] = [];
    buses.b.subscribe("logs", ({ offset }) => offsets.push(offset));
    for (let offset = 1; offset <= 500; offset++) await buses.a.publish({ topic: "logs", data: { streamId: "s", offset, closed: false } });
    await vi.waitFor(() => expect(offsets.at(-1)).toBe(500));
    expect(offsets.length).toBeLessThan(20);
  });
});

describe("a bus whose Redis is emptied, restarted or gone", () => {
  const connect = (redisUrl: string, replicaId: string): Promise<Bus> =>
    createBus({ databaseUrl: "postgres://unused", redisUrl, logger, replicaId });

  itNeeds("redis-server")("carries messages again within seconds, and closes in time when there is none to close with", async () => {
    const redis = await startRedis();
    const [a, b] = [await connect(redis.url, "a"), await connect(redis.url, "b")];
    let got = 0;
    b.subscribe("runner", () => got++);
    const carries = () =>
      vi.waitFor(
        async () => {
          const before = got;
          await a.publish({ topic: "runner", data: { runnerId: "r" } });
          await vi.waitFor(() => expect(got).toBeGreaterThan(before), { timeout: 200 });
        },
        { timeout: 8000, interval: 50 },
      );
    await carries();
    await redis.flush();
    await carries();
    await redis.restart();
    await carries();
    await redis[Symbol.asyncDispose]();
    const started = Date.now();
    await Promise.all([a.close(), b.close()]);
    expect(Date.now() - started).toBeLessThan(5000);
  });
});
