import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, CallOutput } from "@berth/api/client";
import { startRunner } from "../stack/runner.ts";
import type { Service } from "../stack/service.ts";

type Install = CallOutput<"installs.get">;

/** The install of an earlier run, or a new one with what its runner needs to enrol. */
export async function findOrCreateInstall(input: {
  client: ApiClient;
  app: string;
  name: string;
  inputs: Record<string, string>;
}): Promise<{ installId: string; enrolToken?: string; created: boolean }> {
  const { id: appId } = await input.client.call("apps.get", { params: { appId: input.app } });
  const found = await input.client.call("installs.list", { query: { appId, name: input.name } });
  const [known] = found.items;
  if (known) return { installId: known.id, created: false };
  const made = await input.client.call("installs.create", { body: { appId, name: input.name, inputs: input.inputs } });
  return { installId: made.install.id, enrolToken: made.enrolment.token, created: true };
}

/** Starts the customer's runner in its own directory and waits until the control plane sees it. */
export async function startCustomerRunner(input: {
  client: ApiClient;
  url: string;
  installId: string;
  enrolToken?: string;
  dir: string;
  logFile: string;
  signal: AbortSignal;
}): Promise<Service> {
  let token = input.enrolToken;
  if (token === undefined && !existsSync(join(input.dir, "identity.json"))) {
    const { runners } = await input.client.call("installs.get", { params: { installId: input.installId } });
    const [runner] = runners;
    if (!runner) throw new Error("The install has no runner. Start again with --reset.");
    ({ token } = await input.client.call("runners.createEnrolmentToken", { params: { runnerId: runner.id } }));
  }
  const runner = await startRunner({
    dir: input.dir,
    url: input.url,
    logFile: input.logFile,
    env: { BERTH_TERRAFORM_ANY_VERSION: "1" },
    ...(token === undefined ? {} : { enrolToken: token }),
  });
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { runners } = await input.client.call("installs.get", { params: { installId: input.installId } });
    if (runners.some((candidate) => candidate.state === "online")) return runner;
    if (!runner.isRunning()) throw new Error(`The runner ended with ${await runner.ended}. Its log: ${runner.logFile}`);
    if (Date.now() > deadline) throw new Error(`The runner did not connect in 20 s. Its log: ${runner.logFile}`);
    await sleep(20, undefined, { signal: input.signal });
  }
}

/** Waits until the health checks have spoken about the app as it is now. @returns the install, healthy or not */
export async function waitForHealth(input: {
  client: ApiClient;
  installId: string;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<Install> {
  const deadline = Date.now() + input.timeoutMs;
  for (;;) {
    const install = await input.client.call("installs.get", { params: { installId: input.installId } });
    if (install.health.health === "healthy" || Date.now() > deadline) return install;
    await sleep(100, undefined, { signal: input.signal });
  }
}

/** Runs an action and waits for its end. @throws Error when it does not succeed */
export async function runAction(input: { client: ApiClient; installId: string; action: string; signal: AbortSignal }): Promise<void> {
  const { id: runId } = await input.client.call("actions.run", { params: { installId: input.installId, action: input.action }, body: {} });
  for (;;) {
    const run = await input.client.call("actions.runs.get", { params: { runId } });
    if (run.state === "succeeded") return;
    if (run.state === "failed" || run.state === "cancelled")
      throw new Error(`The action ${input.action} ${run.state}: ${run.failure?.detail ?? ""}`);
    await sleep(50, undefined, { signal: input.signal });
  }
}
