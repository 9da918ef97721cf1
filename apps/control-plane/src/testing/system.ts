import { randomBytes } from "node:crypto";
import { sha256 } from "@berth/kit/digest";
import { newId } from "@berth/kit/ids";
import { createLogger } from "@berth/kit/log";
import { createTestDatabase } from "@berth/testkit/postgres";
import type { BlobStore } from "../blobs/store.ts";
import { createLocalBus } from "../bus/local.ts";
import type { Ctx, System } from "../context.ts";
import { createVault } from "../crypto/vault.ts";
import { openDatabase } from "../db/client.ts";
import { migrate } from "../db/migrate.ts";
import { migrations } from "../db/migrations/list.ts";
import { readSettings, type Settings } from "../env.ts";
import { createMetrics } from "../metrics/metrics.ts";
import type { QueueJob } from "../queue/names.ts";

/** A System on a database of its own, with nothing running around it: what verbs put on queues is recorded. */
export type TestSystem = System &
  AsyncDisposable & {
    databaseUrl: string;
    /** Everything that was enqueued, in order. */
    enqueued: QueueJob[];
    org: { id: string; name: string; token: string };
    /** A context of the org, or of another one. */
    ctx(orgId?: string): Ctx;
    /** A second replica on the same database: own bus, own id, own record of enqueued jobs. */
    replica(): TestSystem;
  };

/** @param input.blobs where a test stores blobs; without it touching the store throws */
export async function createTestSystem(
  input: { settings?: Partial<Settings>; blobs?: BlobStore; poolSize?: number } = {},
): Promise<TestSystem> {
  const database = await createTestDatabase({ key: `control-plane ${Object.keys(migrations).join()}`, migrate: migrateUrl });
  const settings: Settings = {
    ...readSettings({ DATABASE_URL: database.url, BERTH_DATA_DIR: "/nonexistent", BERTH_PORT: "0", BERTH_LOG_LEVEL: "silent" }),
    ...input.settings,
  };
  const vault = createVault([{ id: "testkey1", key: randomBytes(32) }]);
  const closers: (() => Promise<void>)[] = [];

  function build(replicaId: string, org: TestSystem["org"]): TestSystem {
    const { db, transaction } = openDatabase({ url: database.url, poolSize: input.poolSize ?? 8, applicationName: replicaId });
    const enqueued: QueueJob[] = [];
    closers.unshift(() => db.destroy());
    const system: TestSystem = {
      db,
      transaction,
      logger: createLogger({ name: replicaId, level: settings.logLevel }),
      settings,
      vault,
      bus: createLocalBus((error) => {
        throw error;
      }),
      blobs: input.blobs ?? noBlobs,
      metrics: createMetrics(),
      replicaId,
      now: () => new Date(),
      enqueue(job) {
        enqueued.push(job);
        return Promise.resolve();
      },
      databaseUrl: database.url,
      enqueued,
      org,
      ctx: (orgId = org.id) => ({ system, db, orgId, actor: "token:test" }),
      replica: () => build(`replica-${closers.length}`, org),
      async [Symbol.asyncDispose]() {
        for (const close of closers.splice(0)) await close();
        await database[Symbol.asyncDispose]();
      },
    };
    return system;
  }

  const org = { id: newId("org"), name: "acme", token: `brt_${randomBytes(24).toString("base64url")}` };
  const system = build("replica-0", org);
  await createTestOrg(system, org);
  return system;
}

/** Another org with an API token, for tests that what belongs to one is not found by the other. */
export async function createTestOrg(
  system: System,
  org: TestSystem["org"] = {
    id: newId("org"),
    name: `org-${randomBytes(4).toString("hex")}`,
    token: `brt_${randomBytes(24).toString("base64url")}`,
  },
): Promise<TestSystem["org"]> {
  await system.db.insertInto("orgs").values({ id: org.id, name: org.name }).execute();
  await system.db
    .insertInto("api_tokens")
    .values({ id: newId("token"), org_id: org.id, name: "test", token_hash: sha256(org.token) })
    .execute();
  return org;
}

async function migrateUrl(url: string): Promise<void> {
  const { db } = openDatabase({ url, poolSize: 1, applicationName: "migrate" });
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
}

const noBlobs = new Proxy({} as BlobStore, {
  get() {
    throw new Error("This test touches the blob store: pass one to createTestSystem");
  },
});
