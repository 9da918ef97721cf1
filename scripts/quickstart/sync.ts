import type { ApiClient } from "@berth/api/client";
import { ApiError } from "@berth/api/client";
import { formatDiagnostics } from "@berth/toml-schema/diagnostics";
import { loadApp } from "@berth/toml-schema/load";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Syncs an app directory and waits until its builds have ended: what `berth apps sync` does.
 * @returns how many targets were built, and how many kept their artifact
 * @throws Error with the diagnostics, or with the build that failed
 */
export async function syncApp(input: {
  client: ApiClient;
  name: string;
  dir: string;
  signal: AbortSignal;
}): Promise<{ version: number; built: number; reused: number }> {
  const { client, name } = input;
  const loaded = await loadApp({ dir: input.dir, offline: true });
  if (!loaded.config) {
    const sources = new Map(loaded.files.map((file) => [file.path, file.text]));
    throw new Error(`The app has mistakes:
${formatDiagnostics({ diagnostics: loaded.diagnostics, format: "text", sources, color: false })}`);
  }
  try {
    await client.call("apps.get", { params: { appId: name } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    await client.call("apps.create", { body: { name } });
  }
  const synced = await client.call("configs.sync", { params: { appId: name }, body: { config: loaded.config as Record<string, unknown> } });
  for (;;) {
    const { targets } = await client.call("configs.get", { params: { appId: name, version: String(synced.version) } });
    const failed = targets.find((target) => target.build?.state === "failed" || target.build?.state === "cancelled");
    if (failed)
      throw new Error(`The build of ${failed.target} ${failed.build?.state}: ${failed.build?.failure?.detail ?? "no reason given"}`);
    if (targets.every((target) => target.build?.state === "succeeded")) break;
    await sleep(50, undefined, { signal: input.signal });
  }
  const built = synced.targets.filter((target) => target.action === "build").length;
  return { version: synced.version, built, reused: synced.targets.length - built };
}
