import pg from "pg";
import { describe, expect, it } from "vitest";
import { createTestDatabase } from "./postgres.ts";

const migrate = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("create table t (x int)");
  await client.end();
};

describe("a test database", () => {
  it("is a clone of its own: what one writes another does not see", async () => {
    await using first = await createTestDatabase({ key: "postgres.db.test", migrate });
    await using second = await createTestDatabase({ key: "postgres.db.test", migrate });
    const rows = async (url: string, sql: string): Promise<number | null> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const result = await client.query(sql);
      await client.end();
      return result.rowCount;
    };
    expect(await rows(first.url, "insert into t values (1)")).toBe(1);
    expect(await rows(second.url, "select * from t")).toBe(0);
  });
});
