import type { ApiClient, CallInput, CallOutput } from "@berth/api/client";
import { loadApp } from "@berth/toml-schema/load";
import { until } from "./until.ts";

/** What a vendor's tools do, in one call each: the flows then read as stories. */

/** Creates the app if there is none, and syncs the directory. Waits until every build of the version has ended well. */
export async function syncApp(client: ApiClient, name: string, dir: string): Promise<CallOutput<"configs.sync">> {
  const loaded = await loadApp({ dir, offline: true });
  if (!loaded.config) throw new Error(`The app does not load: ${JSON.stringify(loaded.diagnostics)}`);
  const apps = await client.call("apps.list", { query: {} });
  if (!apps.items.some((app) => app.name === name)) await client.call("apps.create", { body: { name } });
  const synced = await client.call("configs.sync", { params: { appId: name }, body: { config: loaded.config as Record<string, unknown> } });
  await until(`builds of ${name} version ${synced.version}`, async () => {
    const { targets } = await client.call("configs.get", { params: { appId: name, version: String(synced.version) } });
    const failed = targets.find((target) => target.build?.state === "failed");
    if (failed) throw new Error(`${failed.target}: ${JSON.stringify(failed.build?.failure)}`);
    return targets.every((target) => target.build?.state === "succeeded");
  });
  return synced;
}

type Started = CallOutput<"workflows.get">;

/** Starts an operation. */
export function start(
  client: ApiClient,
  installId: string,
  operation: CallInput<"workflows.start">["body"]["operation"],
  options: { approveAll?: boolean; planOnly?: boolean } = { approveAll: true },
): Promise<Started> {
  return client.call("workflows.start", { params: { installId }, body: { operation, ...options } });
}

/** Waits until a workflow has one of the states. */
export function workflowIn(
  client: ApiClient,
  workflowId: string,
  states: readonly Started["state"][],
  timeoutMs = 90_000,
): Promise<Started> {
  let last: Started | undefined;
  return until(
    `workflow ${workflowId} to be ${states.join(" or ")}`,
    async () => {
      last = await client.call("workflows.get", { params: { workflowId } });
      return states.includes(last.state) ? last : undefined;
    },
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; it is ${JSON.stringify(last, undefined, 1)}`, { cause: error });
  });
}

/** Waits until it has ended, whichever way. */
export function ended(client: ApiClient, workflowId: string, timeoutMs?: number): Promise<Started> {
  return workflowIn(client, workflowId, ["succeeded", "failed", "cancelled"], timeoutMs);
}

/** The step with this key. */
export function stepOf(workflow: Started, key: string): Started["steps"][number] {
  const step = workflow.steps.find((candidate) => candidate.key === key);
  if (!step) throw new Error(`No step ${key} among ${workflow.steps.map((candidate) => candidate.key).join(", ")}`);
  return step;
}

/** The whole text of a log stream, once it is closed. */
export async function closedLog(client: ApiClient, streamId: string): Promise<string> {
  let text = "";
  for await (const event of client.stream("logs.tail", { params: { streamId } })) {
    const data = event.data as { text?: string };
    text += data.text ?? "";
  }
  return text;
}
