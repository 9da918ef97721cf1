// node control.mjs start | stop — the web server that lies beside this file. Both may be repeated.
import { spawn, spawnSync } from "node:child_process";
import { openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const home = dirname(fileURLToPath(import.meta.url));
const program = join(home, "server.mjs");
const pidFile = join(home, "server.pid");
const logFile = join(home, "server.log");
const { port } = JSON.parse(readFileSync(join(home, "options.json"), "utf8"));

/** The pid of our server where it answers. */
async function answering() {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2000) });
    return (await response.json()).pid;
  } catch {
    return undefined;
  }
}

/** The pid in the file, where that process lives and is our server and not one that got its number later. */
function running() {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    const { stdout } = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return pid > 0 && stdout?.includes(program) ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function start() {
  const there = running();
  if (there !== undefined && (await answering()) === there) return console.log(`runs already on port ${port} (pid ${there})`);
  const log = openSync(logFile, "a");
  // A session of its own: it goes on when Terraform, and the runner, have ended.
  const child = spawn(process.execPath, [program], {
    cwd: home,
    detached: true,
    stdio: ["ignore", log, log],
    env: { PATH: process.env.PATH },
  });
  let exitCode;
  child.once("exit", (code) => {
    exitCode = code ?? 1;
  });
  writeFileSync(pidFile, String(child.pid));
  for (let tries = 0; tries < 200 && exitCode === undefined; tries++) {
    if ((await answering()) === child.pid) {
      child.unref();
      return console.log(`serves http://127.0.0.1:${port} (pid ${child.pid})`);
    }
    await sleep(25);
  }
  if (exitCode === undefined) child.kill("SIGKILL");
  rmSync(pidFile, { force: true });
  const said = readFileSync(logFile, "utf8").trim().split("\n").at(-1);
  throw new Error(`The web server did not start. ${said}`);
}

async function stop() {
  const pid = running() ?? (await answeringIfOurs());
  if (pid !== undefined) {
    process.kill(pid, "SIGTERM");
    for (let tries = 0; tries < 200 && alive(pid); tries++) await sleep(25);
    if (alive(pid)) process.kill(pid, "SIGKILL");
    console.log(`stopped the server on port ${port} (pid ${pid})`);
  }
  rmSync(pidFile, { force: true });
}

/** Where there is no `ps`: the server itself tells its pid, and the file must name the same. */
async function answeringIfOurs() {
  const pid = await answering();
  try {
    return pid !== undefined && String(pid) === readFileSync(pidFile, "utf8") ? pid : undefined;
  } catch {
    return undefined;
  }
}

function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

try {
  await { start, stop }[process.argv[2]]();
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
