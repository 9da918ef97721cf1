import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiClient } from "@berth/api/client";
import type { Service } from "../../scripts/stack/service.ts";
import { startStack, type Backend, type Stack } from "./stack.ts";
import { until } from "./until.ts";
import { createVendorApp, type VendorApp } from "./vendor-app.ts";
import { ended, start, syncApp } from "./vendor.ts";

/** A stack with an app, an install of it and a runner that is online. */
export type Ground = AsyncDisposable & {
  stack: Stack;
  app: VendorApp;
  client: ApiClient;
  installId: string;
  runner: Service;
  /** Lines of a marker file that a component's apply has written so far. */
  marks(name: string): Promise<string[]>;
  /** Starts the runner again after it was killed or stopped. */
  restartRunner(env?: Record<string, string>): Promise<void>;
};

/** Starts everything and, with `provision`, brings the install up with every plan approved. */
export async function prepare(input: {
  backend?: Backend;
  provision?: boolean;
  seconds?: number;
  app?: (out: string) => Record<string, string>;
  source?: Record<string, string>;
  controlPlaneEnv?: Record<string, string>;
  runnerEnv?: Record<string, string>;
}): Promise<Ground> {
  const stack = await startStack({ ...(input.backend ? { backend: input.backend } : {}), env: input.controlPlaneEnv ?? {} });
  const out = join(stack.dir, "out");
  const app = await createVendorApp({
    dir: stack.dir,
    out,
    ...(input.seconds === undefined ? {} : { seconds: input.seconds }),
    ...(input.app ? { app: input.app(out) } : {}),
    ...(input.source ? { source: input.source } : {}),
  });
  const { client } = stack.controlPlane;
  await syncApp(client, "shop", app.dir);
  const { id: appId } = await client.call("apps.get", { params: { appId: "shop" } });
  const created = await client.call("installs.create", { body: { appId, name: "acme", inputs: { key: "sup3r-s3cret-value" } } });
  const installId = created.install.id;
  const runnerEnv = input.runnerEnv ?? {};
  const ground: Ground = {
    stack,
    app,
    client,
    installId,
    runner: await stack.runner("runner", created.enrolment.token, runnerEnv),
    marks: async (name) => (await readFile(join(out, name), "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    async restartRunner(env = {}) {
      ground.runner = await stack.runner("runner", created.enrolment.token, { ...runnerEnv, ...env });
    },
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
  await runnerIs(ground, "online");
  if (input.provision) {
    const workflow = await start(client, installId, { type: "provision" });
    const done = await ended(client, workflow.id);
    if (done.state !== "succeeded") throw new Error(`Provision ${done.state}: ${JSON.stringify(done, undefined, 1)}`);
  }
  return ground;
}

/** Waits until the control plane sees the install's runner in a state. */
export async function runnerIs(ground: Pick<Ground, "client" | "installId">, state: string): Promise<void> {
  await until(`the runner to be ${state}`, async () => {
    const { runners } = await ground.client.call("installs.get", { params: { installId: ground.installId } });
    return runners.some((runner) => runner.state === state);
  });
}
