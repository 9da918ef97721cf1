import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "@berth/kit/ids";
import { connectScriptedRunner, newRunnerKey, type ScriptedRunner } from "@berth/testkit/scripted-runner";
import pg from "pg";
import { atLeast, atMost, type Figure } from "./figure.ts";
import { benchGround } from "./ground.ts";
import { residentMegabytes } from "./idle.ts";

const wanted = 2000;
const atOnce = 50;

/** Connected idle runners on one control plane: how many, and what each costs in its resident memory. */
export async function measure(): Promise<Figure[]> {
  await using ground = await benchGround();
  const { url, pid } = ground.controlPlane;
  const key = newRunnerKey();
  const runnerIds = await makeRunners(ground.postgres.url(), key.publicKey);
  // Some connections first, so that what is loaded or grown once does not count as a session's.
  const connected: ScriptedRunner[] = [];
  const connect = async (ids: string[]): Promise<void> => {
    for (let from = 0; from < ids.length; from += atOnce) {
      const batch = ids.slice(from, from + atOnce).map((runnerId) => connectScriptedRunner({ url, runnerId, privateKey: key.privateKey }));
      connected.push(...(await Promise.all(batch)));
    }
  };
  await connect(runnerIds.slice(0, 100));
  await sleep(8000);
  const before = await residentMegabytes(pid);
  await connect(runnerIds.slice(100));
  await sleep(15_000);
  const after = await residentMegabytes(pid);
  const open = await countOpen(ground.postgres.url());
  for (const runner of connected) runner.cut();
  const sessions = runnerIds.length - 100;
  return [
    atLeast(wanted, { name: "sessions.connected", value: open, unit: "count", n: 1 }),
    atMost(40, { name: "sessions.memory", value: ((after - before) * 1000) / sessions, unit: "kB", n: sessions }),
  ];
}

/** Installs and runners, enrolled with one key: written straight into the tables, since enrolling is not what is measured. */
async function makeRunners(databaseUrl: string, publicKey: string): Promise<string[]> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    const org = await db.query<{ id: string }>("select id from orgs limit 1");
    const orgId = org.rows[0]?.id;
    const [appId, configId] = [newId("app"), newId("appConfig")];
    await db.query("insert into apps (id, org_id, name) values ($1, $2, 'sessions')", [appId, orgId]);
    await db.query(
      "insert into app_configs (id, org_id, app_id, version, checksum, config, sources, created_by) values ($1, $2, $3, 1, 'x', '{}', '{}', 'bench')",
      [configId, orgId, appId],
    );
    const ids = Array.from({ length: wanted }, () => ({ runner: newId("runner"), install: newId("install") }));
    for (const { runner, install } of ids) {
      await db.query("insert into installs (id, org_id, app_id, app_config_id, name, state) values ($1, $2, $3, $4, $1, 'created')", [
        install,
        orgId,
        appId,
        configId,
      ]);
      await db.query("insert into runners (id, org_id, install_id, name, public_key, state) values ($1, $2, $3, 'bench', $4, 'offline')", [
        runner,
        orgId,
        install,
        publicKey,
      ]);
    }
    return ids.map(({ runner }) => runner);
  } finally {
    await db.end();
  }
}

async function countOpen(databaseUrl: string): Promise<number> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  const found = await db.query<{ open: string }>(
    "select count(*) as open from runner_sessions where closed_at is null and last_heartbeat_at > now() - interval '15 seconds'",
  );
  await db.end();
  return Number(found.rows[0]?.open);
}
