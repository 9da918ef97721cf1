import type { RunnerConfig } from "../env.ts";
import { loadIdentity } from "../identity/identity.ts";
import { isAlive } from "../process/process-mark.ts";
import { renderStatus } from "../status/render.ts";
import { readStatus } from "../status/status-file.ts";

/** `berth-runner status`: what the runner of a directory does and why it waits. @returns 0 when it runs and is connected, 1 otherwise */
export function statusCommand(config: RunnerConfig, options: { json: boolean }, print: (line: string) => void): number {
  const identity = loadIdentity(config.dir);
  const status = readStatus(config.dir);
  const alive = status !== undefined && isAlive(status.process);
  if (options.json) print(JSON.stringify({ enrolled: identity !== undefined, running: alive, ...status }, null, 2));
  else print(renderStatus({ dir: config.dir, identity, status, alive, now: Date.now() }));
  return alive && status.connection.kind === "connected" ? 0 : 1;
}
