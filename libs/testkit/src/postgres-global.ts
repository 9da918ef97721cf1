import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalPostgres } from "@berth/local-postgres/start";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** Starts one real PostgreSQL for all test files of a vitest project; each file clones its own database on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), "berth-test-pg-"));
  const postgres = await startLocalPostgres({ dir, durable: false });
  project.provide("postgresUrl", postgres.url());
  return async () => {
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  };
}
