import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient, type ApiClient } from "@berth/api/client";
import { root } from "../run-step.ts";
import { startService, waitForService, type Service } from "./service.ts";

/** A control plane of its own process. */
export type ControlPlane = Service & { url: string; token: string; client: ApiClient };

/** A small young generation: thousands of idle sessions would otherwise hold on to garbage that is not worth collecting. As in the Dockerfile. */
const nodeOptions = ["--max-semi-space-size=8"];

/** An API token of the form that the control plane accepts at bootstrap. */
export function newToken(): string {
  return `brt_${randomBytes(24).toString("base64url").replaceAll(/[-_]/g, "x")}`;
}

/**
 * Starts the control plane and waits until it answers.
 * @param input.port wanted port; 0 lets the system choose
 */
export async function startControlPlane(input: {
  dir: string;
  databaseUrl: string;
  redisUrl?: string;
  port?: number;
  org?: string;
  token: string;
  logFile: string;
  env?: Record<string, string>;
}): Promise<ControlPlane> {
  const service = await startService({
    name: "The control plane",
    command: process.execPath,
    args: [...nodeOptions, join(root, "apps/control-plane/src/main.ts")],
    cwd: root,
    logFile: input.logFile,
    env: {
      DATABASE_URL: input.databaseUrl,
      BERTH_DATA_DIR: input.dir,
      BERTH_PORT: String(input.port ?? 0),
      BERTH_BOOTSTRAP: `${input.org ?? "local"}:${input.token}`,
      BERTH_ALLOW_LOCAL_REPOS: "1",
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules/.cache/node-compile"),
      ...(input.redisUrl === undefined ? {} : { REDIS_URL: input.redisUrl }),
      ...input.env,
    },
  });
  const url = await waitForService(service, async () => {
    const facts = JSON.parse(await readFile(join(input.dir, "control-plane.json"), "utf8")) as { url: string; pid: number };
    if (facts.pid !== service.pid) return undefined;
    const ready = await fetch(`${facts.url}/readyz`);
    return ready.ok ? facts.url : undefined;
  });
  return Object.assign(service, { url, token: input.token, client: createClient({ url, token: input.token }) });
}
