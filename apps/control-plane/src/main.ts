import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { messageOf } from "@berth/kit/errors";
import { createLogger, type Logger } from "@berth/kit/log";
import { createShutdown, type Shutdown } from "@berth/kit/shutdown";
import { sql } from "kysely";
import { buildApp } from "./app.ts";
import { createDiskStore } from "./blobs/disk-store.ts";
import { createBus } from "./bus/relay.ts";
import type { System } from "./context.ts";
import { loadMasterKeys } from "./crypto/master-keys.ts";
import { createVault } from "./crypto/vault.ts";
import { openDatabase, type Db } from "./db/client.ts";
import { migrate } from "./db/migrate.ts";
import { readSettings, type Settings } from "./env.ts";
import { attachGateway } from "./gateway/attach.ts";
import { writeFacts } from "./http/facts-file.ts";
import { listen } from "./http/listen.ts";
import { createMetrics, watchProcess } from "./metrics/metrics.ts";
import { watchDatabase } from "./metrics/watch-database.ts";
import { bootstrapOrg } from "./orgs/bootstrap.ts";
import { startQueue } from "./queue/connect.ts";
import { startHousekeeping } from "./queue/housekeep.ts";
import { registryOf } from "./registry/mount.ts";
import { mountRunnerHttpRoutes } from "./routes/runner-http.ts";
import { version } from "./version.ts";

/** Runners get this long to find another replica, in ms. */
const moveWithinMs = 2000;

async function main(): Promise<void> {
  const settings = settingsOrExit();
  const logger = createLogger({ name: "control-plane", level: settings.logLevel });
  const shutdown = createShutdown(logger);
  shutdown.onSignals();
  try {
    await start(settings, logger, shutdown);
  } catch (error) {
    logger.fatal({ err: error, why: messageOf(error) }, "the control plane could not start");
    await shutdown.run("could not start");
    process.exit(1);
  }
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  }
}

/** Everything is built here, in the order in which it is needed; it is stopped in the reverse order. */
async function start(settings: Settings, logger: Logger, shutdown: Shutdown): Promise<void> {
  const has = (role: Settings["roles"][number]): boolean => settings.roles.includes(role);
  // First, so that a taken port is told before anything else happens.
  const listener = await listen(settings);
  settings.port = listener.port;
  if (!process.env["BERTH_PUBLIC_URL"]) settings.publicUrl = localUrl(settings);

  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const replicaId = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const { db, transaction } = openDatabase({
    url: settings.databaseUrl,
    poolSize: settings.dbPool,
    applicationName: `berth ${replicaId}`,
  });
  shutdown.add("database", () => db.destroy());
  const migrated = await migrate(db);
  const { keys, made, file } = await loadMasterKeys({ given: settings.masterKeys, dataDir: settings.dataDir, isFresh: () => isFresh(db) });
  if (made) logger.warn({ file }, "a master key was made; without it the database's secrets cannot be read: keep a copy of it elsewhere");

  const connection = {
    databaseUrl: settings.databaseUrl,
    ...(settings.redisUrl === undefined ? {} : { redisUrl: settings.redisUrl }),
    logger,
  };
  const bus = await createBus({ ...connection, replicaId });
  shutdown.add("bus", () => bus.close());
  const queue = await startQueue(connection);
  shutdown.add("queue", () => queue.close());
  const metrics = createMetrics();
  watchProcess(metrics);
  watchDatabase({ registry: metrics.registry, db });

  const system: System = {
    db,
    transaction,
    logger,
    settings,
    vault: createVault(keys),
    enqueue: (job) => queue.enqueue(job),
    bus,
    blobs: await createDiskStore({ dir: join(settings.dataDir, "registry") }),
    metrics,
    replicaId,
    now: () => new Date(),
  };
  if (settings.bootstrap) await bootstrapOrg(system, settings.bootstrap);
  else if (await isFresh(db)) logger.warn("there is no organisation yet: start once with BERTH_BOOTSTRAP=<org>:<token>");

  const registry = registryOf(system);
  const app = buildApp({
    system,
    version,
    api: has("api"),
    checks: [
      { name: "database", check: async () => void (await sql`select 1`.execute(db)) },
      { name: "queue", check: () => queue.check() },
    ],
    mounts: [
      ...(has("gateway") ? [(on: typeof app) => mountRunnerHttpRoutes(on, system)] : []),
      ...(has("api") ? [(on: typeof app) => void on.route("/", registry)] : []),
    ],
  });
  listener.serve((request, env) => app.fetch(request, env));
  shutdown.add("http", () => listener.close());
  if (has("gateway")) {
    const gateway = attachGateway(listener.server, system);
    shutdown.add("gateway", () => gateway.close({ moveWithinMs }));
  }
  if (has("worker")) shutdown.add("housekeeping", startHousekeeping(system));
  await queue.startWorkers({ system, roles: settings.roles });
  shutdown.add("workers", () => queue.stopWorkers());

  const facts = await writeFacts(settings.dataDir, { url: localUrl(settings), pid: process.pid });
  shutdown.add("facts", () => facts.remove());
  logger.info({ url: settings.publicUrl, port: settings.port, roles: settings.roles, version, replicaId, migrated }, "listening");
}

/** The address on this machine. */
function localUrl({ host, port }: Settings): string {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

async function isFresh(db: Db): Promise<boolean> {
  return (await db.selectFrom("orgs").select("id").limit(1).executeTakeFirst()) === undefined;
}

await main();
