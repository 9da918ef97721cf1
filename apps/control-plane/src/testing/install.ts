import { newId } from "@berth/kit/ids";
import { newRunnerKey, type RunnerKey } from "@berth/testkit/scripted-runner";
import type { System } from "../context.ts";

/** Rows of an install with an enrolled runner, as they stand before anything ran. */
export type TestInstall = RunnerKey & { orgId: string; appId: string; appConfigId: string; installId: string; runnerId: string };

/** Makes an app, a config, an install and its runner. */
export async function createTestInstall(system: System, orgId: string): Promise<TestInstall> {
  const { db } = system;
  const ids = { orgId, appId: newId("app"), appConfigId: newId("appConfig"), installId: newId("install") };
  const name = ids.installId.slice(-8);
  await db
    .insertInto("apps")
    .values({ id: ids.appId, org_id: orgId, name: `app-${name}` })
    .execute();
  await db
    .insertInto("app_configs")
    .values({
      id: ids.appConfigId,
      org_id: orgId,
      app_id: ids.appId,
      version: 1,
      checksum: "c",
      config: "{}",
      sources: "{}",
      created_by: "test",
    })
    .execute();
  await db
    .insertInto("installs")
    .values({
      id: ids.installId,
      org_id: orgId,
      app_id: ids.appId,
      app_config_id: ids.appConfigId,
      name: `install-${name}`,
      state: "active",
    })
    .execute();
  return { ...ids, ...(await createTestRunner(system, ids)) };
}

/** Makes an enrolled runner of an install. */
export async function createTestRunner(
  system: System,
  input: { orgId: string; installId: string },
): Promise<RunnerKey & { runnerId: string }> {
  const runnerId = newId("runner");
  const key = newRunnerKey();
  await system.db
    .insertInto("runners")
    .values({
      id: runnerId,
      org_id: input.orgId,
      install_id: input.installId,
      name: "runner",
      public_key: key.publicKey,
      state: "offline",
      capabilities: null,
    })
    .execute();
  return { ...key, runnerId };
}
