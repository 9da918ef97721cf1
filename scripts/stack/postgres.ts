import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../run-step.ts";
import { startService, waitForService, type Service } from "./service.ts";

/** Starts an embedded PostgreSQL in a process of its own and waits until it takes connections. */
export async function startPostgres(input: {
  dir: string;
  port: number;
  logFile: string;
}): Promise<Service & { port: number; url: string }> {
  const service = await startService({
    name: "PostgreSQL",
    command: process.execPath,
    args: [join(root, "scripts/stack/postgres-main.ts"), input.dir, String(input.port)],
    cwd: root,
    logFile: input.logFile,
    env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules/.cache/node-compile") },
  });
  const facts = await waitForService(service, async () => {
    const running = JSON.parse(await readFile(join(input.dir, "running.json"), "utf8")) as { port: number; url: string; pid: number };
    return running.pid === service.pid ? running : undefined;
  });
  return Object.assign(service, { port: facts.port, url: facts.url });
}
