import { createLogger } from "@berth/kit/log";
import { createTestDatabase } from "@berth/testkit/postgres";
import { startRedis } from "@berth/testkit/redis";
import { describe, expect, it, vi } from "vitest";
import type { Bus } from "./port.ts";
import { createBus } from "./relay.ts";

const logger = createLogger({ name: "test", level: "silent" });

describe.each(["postgres", "redis"])("the bus on %s", (backend) => {
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

  it("calls its own subscribers at once and once, and those of the other replica soon", async () => {
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

  it("tells the other replica of a busy stream a few times, and always the last offset", async () => {
    await using buses = await two();
    const offsets: number[] = [];
    buses.b.subscribe("logs", ({ offset }) => offsets.push(offset));
    for (let offset = 1; offset <= 500; offset++) await buses.a.publish({ topic: "logs", data: { streamId: "s", offset, closed: false } });
    await vi.waitFor(() => expect(offsets.at(-1)).toBe(500));
    expect(offsets.length).toBeLessThan(20);
  });
});
