import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";
import { newId } from "@berth/kit/ids";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDiskStore } from "../blobs/disk-store.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { housekeep } from "./housekeep.ts";

let dir: string;
let system: TestSystem;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "berth-housekeep-"));
  system = await createTestSystem({ blobs: await createDiskStore({ dir }) });
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const never = new AbortController().signal;
const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

describe("housekeeping", () => {
  it("forgets idempotency keys after a day", async () => {
    const row = (key: string, days: number) => ({ org_id: system.org.id, key, request_hash: "h", created_at: daysAgo(days) });
    await system.db
      .insertInto("idempotency_keys")
      .values([row("old", 2), row("new", 0)])
      .execute();
    await housekeep(system, never);
    const left = await system.db.selectFrom("idempotency_keys").select("key").execute();
    expect(left.map(({ key }) => key)).toEqual(["new"]);
  });
  it("removes manifests that are no artifact, and keeps those that are", async () => {
    const repository = `${system.org.id}/app/sandbox`;
    const push = async (text: string): Promise<string> => {
      const content = Buffer.from(text);
      const digest = sha256(content);
      await system.db
        .insertInto("registry_manifests")
        .values({
          repository,
          digest,
          media_type: "application/json",
          content,
          blobs: [],
          manifests: [],
          annotations: "{}",
          pushed_at: daysAgo(3),
        })
        .execute();
      return digest;
    };
    const kept = await push("kept");
    await push("gone");
    const app = newId("app");
    await system.db.insertInto("apps").values({ id: app, org_id: system.org.id, name: "app" }).execute();
    await system.db
      .insertInto("artifacts")
      .values({
        id: newId("artifact"),
        org_id: system.org.id,
        app_id: app,
        repository,
        digest: kept,
        media_type: "application/json",
        size: 4,
      })
      .execute();
    await housekeep(system, never);
    const left = await system.db.selectFrom("registry_manifests").select("digest").execute();
    expect(left.map(({ digest }) => digest)).toEqual([kept]);
  });
});
