// Runs a script of this repository on Node 24, whatever Node the host has, installing the dependencies first where they are missing.
// Plain JavaScript for Node 20: it is the one file that runs before anything is installed.
//   node scripts/run.mjs <script.ts> [args]        node scripts/run.mjs --bin <package binary> [args]
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".berth-installed");
const wanted = readFileSync(join(root, "package-lock.json"), "utf8").length + ":" + statSync(join(root, "package-lock.json")).mtimeMs;

function install() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing dependencies (once; about a minute) …\n");
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--no-progress"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) {
    process.stderr.write(
      "npm install failed; its messages are above. Check the network and the registry settings (npm config get registry), then run this again.\n",
    );
    process.exit(npm.status ?? 1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  const lock = join(root, "package-lock.json");
  writeFileSync(stamp, readFileSync(lock, "utf8").length + ":" + statSync(lock).mtimeMs);
}

/** The Node to run on: the host's when it is 24 or newer, otherwise the one the npm package `node` brought. */
function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const bundled = join(root, "node_modules", "node", "bin", "node");
  if (existsSync(bundled)) return bundled;
  process.stderr.write(
    `Berth runs on Node 24; this is Node ${process.versions.node}, and the npm package "node" could not bring its binary.\n` +
      "Run `npm install --include=optional` here, or put Node 24 or newer on PATH.\n",
  );
  process.exit(1);
}

install();
const node = findNode();
const args = process.argv.slice(2);
const env = { ...process.env, PATH: `${dirname(node)}:${join(root, "node_modules", ".bin")}:${process.env.PATH ?? ""}` };
env.NODE_COMPILE_CACHE ??= join(root, "node_modules", ".cache", "node-compile");
const [command, commandArgs] =
  args[0] === "--bin" ? [join(root, "node_modules", ".bin", args[1]), args.slice(2)] : [node, [resolve(root, args[0]), ...args.slice(1)]];
const child = spawn(command, commandArgs, { stdio: "inherit", env });
// Ctrl-C reaches the whole foreground group by itself; the child decides when to end, and this process waits for it.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 128 + 1 : 1)));
child.on("error", (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(1);
});
