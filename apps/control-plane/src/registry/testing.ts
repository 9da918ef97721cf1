import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { createLogger } from "@berth/kit/log";
import { createTestDatabase } from "@berth/testkit/postgres";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { createDiskStore } from "../blobs/disk-store.ts";
import type { RegistryScope } from "./access.ts";
import { buildRegistry } from "./app.ts";
import { defaultRegistryLimits, type RegistryDeps, type RegistryLimits } from "./deps.ts";
import { registryTables, type RegistryTables } from "./tables.ts";
import { mintRegistryToken } from "./token.ts";

/** An embedded registry on loopback over a database and a blob directory of its own. */
export type TestRegistry = AsyncDisposable & {
  url: string;
  /** `127.0.0.1:<port>`, as `skopeo` wants it. */
  host: string;
  deps: RegistryDeps;
  /** Where blobs are: `blobs/ab/<hex>` and `parts/<id>`. */
  dir: string;
  /** A token for these scopes. */
  token(scopes: readonly RegistryScope[]): string;
  /** A second replica on the same database and directory; closed with the first. */
  replica(): Promise<{ url: string }>;
};

/** The one name and password that `verifyBasic` of a test registry knows; they may do everything in `allowed/…`. */
export const testCredentials = { username: "acme", password: "correct horse" };

/** Starts one. */
export async function startTestRegistry(limits: Partial<RegistryLimits> = {}): Promise<TestRegistry> {
  const database = await createTestDatabase({ key: `registry ${registryTables}`, migrate });
  const dir = await mkdtemp(join(tmpdir(), "berth-test-oci-"));
  const tokenKey = randomBytes(32);
  const closers: (() => Promise<void>)[] = [];

  async function start(): Promise<{ url: string; deps: RegistryDeps }> {
    const db = openDb(database.url);
    let url = "http://127.0.0.1:0";
    const deps: RegistryDeps = {
      db,
      blobs: await createDiskStore({ dir }),
      tokenKey,
      verifyBasic: (username, password) =>
        Promise.resolve(username === testCredentials.username && password === testCredentials.password ? everything : undefined),
      holds: () => Promise.resolve(true),
      publicUrl: () => url,
      logger: createLogger({ name: "registry", level: "silent" }),
      limits: { ...defaultRegistryLimits, ...limits },
    };
    const server = serve({ fetch: buildRegistry(deps).fetch, port: 0, hostname: "127.0.0.1" });
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    closers.unshift(async () => {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await db.destroy();
    });
    return { url, deps };
  }

  const { url, deps } = await start();
  return {
    url,
    host: new URL(url).host,
    deps,
    dir,
    token: (scopes) => mintRegistryToken({ key: tokenKey, subject: "test", scopes, expiresAt: new Date(Date.now() + 60_000) }),
    replica: start,
    async [Symbol.asyncDispose]() {
      for (const close of closers) await close();
      await rm(dir, { recursive: true, force: true });
      await database[Symbol.asyncDispose]();
    },
  };
}

const everything = { subject: "token:test", allows: (repository: string) => repository.startsWith("allowed/") };

function openDb(url: string): Kysely<RegistryTables> {
  const types = {
    getTypeParser: ((oid: number, format: never) =>
      oid === 20 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
  };
  return new Kysely<RegistryTables>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 5, types }) }) });
}

async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(registryTables);
  await client.end();
}
