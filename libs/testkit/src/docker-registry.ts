import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findProgram } from "./programs.ts";

/** A real `docker-registry` (the CNCF distribution) on loopback, with its own directory. */
export type TestDockerRegistry = AsyncDisposable & {
  url: string;
  /** Where it keeps its files: `docker/registry/v2/…` below. */
  dir: string;
};

/**
 * Starts one on a free port with deletion enabled.
 * @param input.htpasswd lines of a password file with bcrypt hashes: then it asks for basic credentials
 * @throws Error when `docker-registry` is not on PATH: guard the test with `itNeeds("docker-registry")`
 */
export async function startDockerRegistry(input: { htpasswd?: string } = {}): Promise<TestDockerRegistry> {
  const program = findProgram("docker-registry");
  if (!program) throw new Error("docker-registry is not on PATH");
  const dir = await mkdtemp(join(tmpdir(), "berth-test-registry-"));
  const passwords = join(dir, "htpasswd");
  if (input.htpasswd !== undefined) await writeFile(passwords, input.htpasswd);
  const config = {
    version: "0.1",
    log: { level: "info", formatter: "json" },
    storage: { filesystem: { rootdirectory: join(dir, "data") }, delete: { enabled: true } },
    http: { addr: "127.0.0.1:0", secret: "test" },
    ...(input.htpasswd !== undefined && { auth: { htpasswd: { realm: "test", path: passwords } } }),
  };
  // A YAML parser reads JSON.
  await writeFile(join(dir, "config.yml"), JSON.stringify(config));
  const server = spawn(program, ["serve", join(dir, "config.yml")], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { OTEL_TRACES_EXPORTER: "none" },
  });
  try {
    const port = await portFromLog(server);
    return {
      url: `http://127.0.0.1:${port}`,
      dir: join(dir, "data"),
      async [Symbol.asyncDispose]() {
        await stop(server);
        await rm(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stop(server);
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** It says on which port it listens; asking for port 0 avoids a race for a free one. */
async function portFromLog(server: ChildProcess): Promise<string> {
  if (!server.stderr) throw new Error("docker-registry has no log to read");
  const seen: string[] = [];
  for await (const line of createInterface({ input: server.stderr })) {
    seen.push(line);
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (!port) continue;
    // Keeps the pipe empty; a full one would stop the server.
    server.stderr.resume();
    return port;
  }
  throw new Error(`docker-registry did not start:\n${seen.join("\n")}`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
}
