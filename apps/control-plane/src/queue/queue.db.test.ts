import { AppError } from "@berth/kit/errors";
import { createLogger } from "@berth/kit/log";
import { itNeeds } from "@berth/testkit/programs";
import { startRedis, type TestRedis } from "@berth/testkit/redis";
import { Queue } from "bullmq";
import { describe, expect, it, vi } from "vitest";
import type { System } from "../context.ts";
import { startWorkflow } from "../workflows/start.ts";
import { createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { startQueue, type Queues } from "./connect.ts";
import { handle } from "./workers.ts";

const logger = createLogger({ name: "test", level: "silent" });
const soon = { timeout: 15_000, interval: 50 };

type World = AsyncDisposable & { fixture: Fixture; queues: Queues; system: System; redis?: TestRedis };

/** A control plane's worker on a real queue, with an install on its way. */
async function createWorld(backend: "postgres" | "redis"): Promise<World> {
  const fixture = await createFixture(
    { actions: [{ name: "check", triggers: [{ type: "cron", cronSchedule: "*/5 * * * *" }] }] },
    { approveAll: true },
  );
  const redis = backend === "redis" ? await startRedis() : undefined;
  const queues = await startQueue({ databaseUrl: fixture.system.databaseUrl, logger, ...(redis ? { redisUrl: redis.url } : {}) });
  const system: System = { ...fixture.system, enqueue: queues.enqueue };
  return {
    fixture,
    queues,
    system,
    ...(redis ? { redis } : {}),
    async [Symbol.asyncDispose]() {
      await queues.close();
      await redis?.[Symbol.asyncDispose]();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

async function provision({ fixture }: World): Promise<string> {
  return (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation: { type: "provision" } } })).workflowId;
}

const stateOf = async ({ fixture }: World, workflowId: string, key: string): Promise<string | undefined> =>
  (await fixture.states(workflowId))[key];

describe.each(["postgres", "redis"] as const)("the queues on %s", (backend) => {
  const test = backend === "redis" ? itNeeds("redis-server") : it;

  test("bring a job to its verb", async () => {
    await using world = await createWorld(backend);
    await world.queues.startWorkers({ system: world.system, roles: ["worker"] });
    const id = await provision(world);
    await world.fixture.finish(id, "sandbox/plan", { silent: true });
    await world.queues.enqueue({ queue: "workflow-advance", data: { workflowId: id } });
    await vi.waitFor(async () => expect(await stateOf(world, id, "sandbox/apply")).toBe("running"), soon);
  });

  test("may lose every message: the sweeper finds what should have moved, and keeps the schedulers", async () => {
    await using world = await createWorld(backend);
    await world.queues.startWorkers({ system: world.system, roles: ["worker"] });
    const id = await provision(world);
    for (const key of ["sandbox/plan", "sandbox/apply"]) {
      await vi.waitFor(async () => expect(await stateOf(world, id, key)).toBe("running"), soon);
      await world.fixture.finish(id, key, { silent: true });
    }
    await vi.waitFor(async () => expect((await world.fixture.workflow(id)).state).toBe("succeeded"), soon);
    const rows = await world.system.db.selectFrom("action_schedules").select(["action", "cron"]).execute();
    expect(rows).toEqual([{ action: "check", cron: "*/5 * * * *" }]);
  });

  test("run a scheduled action that is overdue once, however late", async () => {
    await using world = await createWorld(backend);
    const id = await provision(world);
    await world.fixture.finish(id, "sandbox/plan");
    await world.fixture.finish(id, "sandbox/apply");
    await world.system.db
      .updateTable("action_schedules")
      .set({ next_tick_at: new Date(Date.now() - 3 * 24 * 3600_000) })
      .execute();
    await world.queues.startWorkers({ system: world.system, roles: ["worker"] });
    const runs = () => world.system.db.selectFrom("action_runs").select(["trigger"]).execute();
    await vi.waitFor(async () => expect(await runs()).toEqual([{ trigger: "cron" }]), soon);
    const [row] = await world.system.db.selectFrom("action_schedules").select("next_tick_at").execute();
    expect(row?.next_tick_at.getTime()).toBeGreaterThan(Date.now());
  });
});

describe("Redis", () => {
  itNeeds("redis-server")(
    "emptied and restarted mid-run costs seconds: workflows go on, schedulers come back, and nobody hangs meanwhile",
    async () => {
      await using world = await createWorld("redis");
      const { redis, queues } = world;
      if (!redis) throw new Error("no redis");
      await queues.startWorkers({ system: world.system, roles: ["worker"] });
      const id = await provision(world);
      await world.fixture.finish(id, "sandbox/plan", { silent: true });
      await redis.restart();
      await vi.waitFor(async () => expect(await stateOf(world, id, "sandbox/apply")).toBe("running"), soon);
      await world.fixture.finish(id, "sandbox/apply", { silent: true });
      await redis.flush();
      await vi.waitFor(async () => expect((await world.fixture.workflow(id)).state).toBe("succeeded"), soon);

      const seen = new Queue("schedule-tick", { connection: { url: redis.url, maxRetriesPerRequest: null }, prefix: "{berth}" });
      try {
        await vi.waitFor(async () => expect(await seen.getJobSchedulersCount()).toBe(1), soon);
        await redis.flush();
        await vi.waitFor(async () => expect(await seen.getJobSchedulersCount()).toBe(1), soon);
      } finally {
        await seen.close();
      }
      await queues.enqueue({ queue: "workflow-advance", data: { workflowId: id } });
    },
  );

  itNeeds("redis-server")("away fails an enqueue within a second or so instead of holding up its caller", async () => {
    const redis = await startRedis();
    const queues = await startQueue({ databaseUrl: "postgres://unused", redisUrl: redis.url, logger });
    await redis[Symbol.asyncDispose]();
    const before = performance.now();
    await expect(queues.enqueue({ queue: "workflow-advance", data: { workflowId: "w" } })).rejects.toThrow();
    expect(performance.now() - before).toBeLessThan(3000);
    await queues.close();
  });
});

describe("a queued job", () => {
  it("whose failure is expected is not tried again; any other is", async () => {
    const fail = (error: Error): Promise<void> => handle({ data: {} }, () => Promise.reject(error));
    await expect(fail(new AppError("not_found", "There is no workflow w"))).rejects.toMatchObject({ name: "UnrecoverableError" });
    await expect(fail(new Error("connection reset"))).rejects.toMatchObject({ name: "Error" });
  });
});
