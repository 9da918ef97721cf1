import { Migrator } from "kysely/migration";
import type { Db } from "./client.ts";
import { migrations } from "./migrations/list.ts";

/**
 * Brings the schema up to date. Safe from several replicas at once: Kysely holds an advisory lock, the others wait and find nothing to do.
 * @returns the names of the migrations that this call ran
 * @throws the first migration's error; what it did is rolled back
 */
export async function migrate(db: Db): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
}
