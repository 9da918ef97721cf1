import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { newToken } from "../stack/control-plane.ts";
import { root } from "../run-step.ts";

/** Where the quickstart keeps everything, and what survives between runs. */
export type Home = {
  dir: string;
  postgres: string;
  controlPlane: string;
  /** The "customer's account": the runner's own directory, and the app that runs there. */
  customer: string;
  repository: string;
  logs: string;
  /** API token of the local org. */
  token: string;
  /** Ports of the last run, wanted again. */
  ports: { postgres: number; controlPlane: number };
};

const home = join(root, ".berth");
const stateFile = join(home, "quickstart.json");
const pidFile = join(home, "quickstart.pid");
const servicesFile = join(home, "services.json");
const run = promisify(execFile);

/**
 * Opens the directory, alone: a second quickstart on it is refused.
 * @throws Error that names the running process
 */
export async function openHome(): Promise<Home> {
  await mkdir(home, { recursive: true });
  await takeLock();
  await stopLeftovers();
  const known = JSON.parse(await readFile(stateFile, "utf8").catch(() => "{}")) as Partial<Pick<Home, "token" | "ports">>;
  return {
    dir: home,
    postgres: await postgresDir(),
    controlPlane: join(home, "control-plane"),
    customer: join(home, "customer"),
    repository: join(home, "repository"),
    logs: join(home, "logs"),
    token: known.token ?? newToken(),
    ports: known.ports ?? { postgres: 54_320, controlPlane: 8080 },
  };
}

/** Keeps token and ports for the next run, and lets the CLI find this control plane from anywhere in the repository. */
export async function saveHome(state: Home, url: string): Promise<void> {
  await writePrivate(stateFile, JSON.stringify({ token: state.token, ports: state.ports }));
  await writePrivate(join(home, "cli.json"), JSON.stringify({ url, token: state.token }, undefined, 2));
}

/** Writes down which processes this run has started, so that the next one finds them if this one is killed. */
export async function rememberServices(pids: readonly number[]): Promise<void> {
  await writeFile(servicesFile, JSON.stringify(pids));
}

/** Stops what a run that was killed has left running. A pid counts only while its command is still one of this repository's. */
async function stopLeftovers(): Promise<void> {
  const pids = JSON.parse(await readFile(servicesFile, "utf8").catch(() => "[]")) as number[];
  for (const pid of pids.toReversed()) {
    const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
    if (!stdout.includes(root)) continue;
    process.kill(pid, "SIGTERM");
    for (let waited = 0; isAlive(pid) && waited < 20_000; waited += 50) await sleep(50);
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  }
  await rm(servicesFile, { force: true });
}

/** Gives the directory free for the next run. */
export async function closeHome(): Promise<void> {
  await rm(servicesFile, { force: true });
  await rm(pidFile, { force: true });
}

/** Removes what earlier runs left. The caller has stopped the processes that use it. */
export async function resetHome(): Promise<void> {
  const dirs = new Set([await postgresDir(), home]);
  for (const dir of dirs) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Where PostgreSQL's files lie: in the home. As root PostgreSQL runs as a user of its own, who can't enter a home below, say, /root: then beside the
 * system's temporary files that survive a restart.
 */
async function postgresDir(): Promise<string> {
  const inside = join(home, "postgres");
  if (process.getuid?.() !== 0) return inside;
  for (let dir = root; dir !== dirname(dir); dir = dirname(dir)) {
    if (((await stat(dir)).mode & 0o001) === 0)
      return join("/var/tmp", `berth-postgres-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`);
  }
  return inside;
}

async function takeLock(): Promise<void> {
  const pid = Number(await readFile(pidFile, "utf8").catch(() => ""));
  if (pid > 0 && pid !== process.pid && isAlive(pid)) {
    throw new Error(
      `Another quickstart (process ${pid}) runs on ${home}. Stop it with Ctrl-C in its terminal, or \`kill ${pid}\`, then start again.`,
    );
  }
  await writeFile(pidFile, String(process.pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
}
