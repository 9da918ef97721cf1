import { setTimeout as sleep } from "node:timers/promises";
import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** A database of one test file. */
export type TestDatabase = AsyncDisposable & { url: string };

/**
 * A fresh database, cloned from a template that `migrate` filled once per run and key.
 * @param input.key names the template: the same key must mean the same migrations
 * @param input.migrate fills the template; called by the first test file that asks, others wait for it
 */
export async function createTestDatabase(input: { key?: string; migrate?: (url: string) => Promise<void> } = {}): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const urlOf = (database: string): string => server.replace(/\/[^/]*$/, `/${database}`);
  const name = `t_${randomBytes(8).toString("hex")}`;
  const template = input.migrate ? await ensureTemplate(server, urlOf, input.key ?? "default", input.migrate) : "template0";
  await withClient(server, (client) => client.query(`create database ${name} template ${template}`));
  return {
    url: urlOf(name),
    [Symbol.asyncDispose]: () =>
      withClient(server, async (client) => {
        // Connections that were just closed are let go by the server a moment later; one that is cut off meanwhile would be an error of nobody's.
        for (let look = 0; look < 100 && (await connectionsTo(client, name)) > 0; look++) await sleep(20);
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

async function connectionsTo(client: pg.Client, database: string): Promise<number> {
  const { rows } = await client.query<{ open: string }>("select count(*) as open from pg_stat_activity where datname = $1", [database]);
  return Number(rows[0]?.open);
}

async function ensureTemplate(
  server: string,
  urlOf: (name: string) => string,
  key: string,
  migrate: (url: string) => Promise<void>,
): Promise<string> {
  const name = `tpl_${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;
  await withClient(server, async (client) => {
    // Held across the filling, so that one test file migrates and the others wait.
    await client.query("select pg_advisory_lock(hashtext($1))", [name]);
    const found = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (found.rowCount) return;
    const building = `${name}_building`;
    await client.query(`drop database if exists ${building} with (force)`);
    await client.query(`create database ${building} template template0`);
    await migrate(urlOf(building));
    await client.query(`alter database ${building} rename to ${name}`);
  });
  return name;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
