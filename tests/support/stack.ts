import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@berth/testkit/postgres";
import { startRedis, type TestRedis } from "@berth/testkit/redis";
import { newToken, startControlPlane, type ControlPlane } from "../../scripts/stack/control-plane.ts";
import { startRunner } from "../../scripts/stack/runner.ts";
import type { Service } from "../../scripts/stack/service.ts";

/** Where the queues run. */
export type Backend = "postgres" | "redis";

/** A real control plane over a database of its own, and the means to kill, restart and extend it. */
export type Stack = AsyncDisposable & {
  dir: string;
  databaseUrl: string;
  redis?: TestRedis;
  controlPlane: ControlPlane;
  /** Starts the control plane again on the same port and data, after it was killed or stopped. */
  restartControlPlane(): Promise<void>;
  /** Another replica on the same database, on a port of its own. */
  addReplica(env?: Record<string, string>): Promise<ControlPlane>;
  /** Starts a runner for an install; started again with the same name it finds its identity and its jobs. */
  runner(name: string, enrolToken: string, env?: Record<string, string>): Promise<Service>;
};

/** Starts one. Dispose it: it stops every process it started, also runners. */
export async function startStack(input: { backend?: Backend; env?: Record<string, string> } = {}): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), "berth-flow-"));
  const database = await createTestDatabase();
  const redis = input.backend === "redis" ? await startRedis() : undefined;
  const services = new Set<Service>();
  const token = newToken();
  const start = async (name: string, port: number, env: Record<string, string> = {}): Promise<ControlPlane> => {
    const controlPlane = await startControlPlane({
      dir: join(dir, "control-plane"),
      databaseUrl: database.url,
      port,
      token,
      logFile: join(dir, "logs", `${name}.log`),
      ...(redis ? { redisUrl: redis.url } : {}),
      env: { ...input.env, ...env },
    });
    services.add(controlPlane);
    return controlPlane;
  };
  const stack: Stack = {
    dir,
    databaseUrl: database.url,
    ...(redis ? { redis } : {}),
    controlPlane: await start("control-plane", 0),
    async restartControlPlane() {
      stack.controlPlane = await start("control-plane", Number(new URL(stack.controlPlane.url).port));
    },
    addReplica: (env) => start(`replica-${services.size}`, 0, env),
    async runner(name, enrolToken, env = {}) {
      const runner = await startRunner({
        dir: join(dir, name),
        url: stack.controlPlane.url,
        enrolToken,
        logFile: join(dir, "logs", `${name}.log`),
        env,
      });
      services.add(runner);
      return runner;
    },
    async [Symbol.asyncDispose]() {
      // Killed, not stopped: a test's own end is no drain.
      await Promise.all([...services].map((service) => service.kill()));
      await redis?.[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  return stack;
}
