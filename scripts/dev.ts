// An embedded PostgreSQL and the control plane from its sources, restarted when one of them changes. `npm run dev`
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@berth/local-postgres/free-port";
import { root } from "./run-step.ts";
import { newToken } from "./stack/control-plane.ts";
import { startPostgres } from "./stack/postgres.ts";

const home = join(root, ".berth", "dev");
const postgres = await startPostgres({ dir: join(home, "postgres"), port: 54_321, logFile: join(home, "postgres.log") });
const port = await freePort(8080);
const login = join(root, ".berth", "cli.json");
const known = JSON.parse(await readFile(join(home, "token.json"), "utf8").catch(() => "{}")) as { token?: string };
const token = known.token ?? newToken();
await writeFile(join(home, "token.json"), JSON.stringify({ token }), { mode: 0o600 });
await writeFile(login, JSON.stringify({ url: `http://127.0.0.1:${port}`, token }, undefined, 2), { mode: 0o600 });
process.stderr.write(`PostgreSQL: ${postgres.url}\nControl plane: http://127.0.0.1:${port}   (npm run berth -- … is logged in)\n`);

const child = spawn(process.execPath, ["--watch", "--watch-preserve-output", join(root, "apps/control-plane/src/main.ts")], {
  stdio: "inherit",
  env: {
    ...process.env,
    DATABASE_URL: process.env.DATABASE_URL ?? postgres.url,
    BERTH_DATA_DIR: join(home, "control-plane"),
    BERTH_PORT: String(port),
    BERTH_BOOTSTRAP: `local:${token}`,
    BERTH_ALLOW_LOCAL_REPOS: "1",
  },
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
await once(child, "exit");
await postgres.stop();
