// An embedded PostgreSQL as a process of its own: a Ctrl-C in the terminal reaches neither it nor the server, only whoever started it stops them.
// Arguments: directory, wanted port. Writes <directory>/running.json {port, url, pid} when it is ready; SIGTERM stops it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startLocalPostgres } from "@berth/local-postgres/start";

const [dir = "", port = "0"] = process.argv.slice(2);
const stop = new Promise((resolve) => process.once("SIGTERM", resolve));
const postgres = await startLocalPostgres({ dir, port: Number(port) });
await writeFile(join(dir, "running.json"), JSON.stringify({ port: postgres.port, url: postgres.url(), pid: process.pid }), { mode: 0o600 });
const alive = setInterval(() => {}, 60_000);
await stop;
clearInterval(alive);
await postgres.stop();
