import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "@berth/api/client";
import { startLocalPostgres, type LocalPostgres } from "@berth/local-postgres/start";
import { startRedis } from "@berth/testkit/redis";
import { createVendorApp, type VendorApp } from "../../tests/support/vendor-app.ts";
import { syncApp } from "../../tests/support/vendor.ts";
import { newToken, startControlPlane, type ControlPlane } from "../stack/control-plane.ts";
import { root, runStep } from "../run-step.ts";
import { startRunner } from "../stack/runner.ts";
import type { Service } from "../stack/service.ts";

/** A durable PostgreSQL, a control plane and, on demand, an install with its runner: what the figures are measured on. */
export type BenchGround = AsyncDisposable & {
  dir: string;
  postgres: LocalPostgres;
  controlPlane: ControlPlane;
  client: ApiClient;
  /** Syncs the app, creates an install and waits for its runner. */
  install(input?: {
    app?: Record<string, string>;
    source?: Record<string, string>;
    runnerEnv?: Record<string, string>;
  }): Promise<{ installId: string; runner: Service; app: VendorApp; out: string }>;
};

/** Starts it; disposing stops every process and removes the files. */
export async function benchGround(input: { redis?: boolean; env?: Record<string, string> } = {}): Promise<BenchGround> {
  const dir = await mkdtemp(join(tmpdir(), "berth-bench-"));
  // PostgreSQL runs as a user of its own where this is root's.
  await chmod(dir, 0o755);
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })];
  const postgres = await startLocalPostgres({ dir: join(dir, "postgres") });
  stops.push(() => postgres.stop());
  const redis = input.redis ? await startRedis() : undefined;
  if (redis) stops.push(() => redis[Symbol.asyncDispose]() as Promise<void>);
  const controlPlane = await startControlPlane({
    dir: join(dir, "control-plane"),
    databaseUrl: postgres.url(),
    token: newToken(),
    logFile: join(dir, "control-plane.log"),
    env: { BERTH_LOG_LEVEL: "warn", ...input.env },
    ...(redis ? { redisUrl: redis.url } : {}),
  });
  stops.push(() => controlPlane.kill());
  const { client } = controlPlane;
  return {
    dir,
    postgres,
    controlPlane,
    client,
    async install({ app: files = {}, source = {}, runnerEnv = {} } = {}) {
      const out = join(dir, "out");
      const app = await createVendorApp({ dir, out, app: files, source });
      stops.push(() => app[Symbol.asyncDispose]() as Promise<void>);
      await syncApp(client, "bench", app.dir);
      const { id: appId } = await client.call("apps.get", { params: { appId: "bench" } });
      const created = await client.call("installs.create", { body: { appId, name: "bench" } });
      const installId = created.install.id;
      // What customers install is measured: the bundle.
      if ((await runStep("node", [join(root, "apps/runner/build.ts")])) !== 0) throw new Error("The runner's bundle could not be built");
      const runner = await startRunner({
        program: join(root, "apps/runner/dist/berth-runner.mjs"),
        dir: join(dir, "runner"),
        url: controlPlane.url,
        enrolToken: created.enrolment.token,
        logFile: join(dir, "runner.log"),
        env: { BERTH_LOG_LEVEL: "warn", ...runnerEnv },
      });
      stops.push(() => runner.kill());
      while (!(await client.call("installs.get", { params: { installId } })).runners.some((one) => one.state === "online")) await sleep(20);
      return { installId, runner, app, out };
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

/** An action that does nothing, and as little of it as possible. */
export const emptyAction = {
  "actions/empty.toml": `name = "empty"\ntimeout = "30s"\n[[triggers]]\ntype = "manual"\n[[steps]]\nname = "nothing"\ncommand = "true"\n`,
};

/** Waits for an action run to end. @throws Error when it does not succeed */
export async function runEnded(client: ApiClient, runId: string): Promise<{ jobId: string; logStreamId: string }> {
  for (;;) {
    const run = await client.call("actions.runs.get", { params: { runId } });
    if (run.state === "succeeded") return { jobId: run.jobId ?? "", logStreamId: run.logStreamId ?? "" };
    if (run.state !== "queued" && run.state !== "running") throw new Error(`The action ${run.action} ${run.state}: ${run.failure?.detail}`);
    await sleep(10);
  }
}
