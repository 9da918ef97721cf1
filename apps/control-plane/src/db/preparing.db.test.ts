import { createTestDatabase } from "@berth/testkit/postgres";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { openDatabase } from "./client.ts";

it("a statement with parameters is prepared once, unless a migration could change the columns that it takes", async () => {
  await using database = await createTestDatabase();
  const { db } = openDatabase({ url: database.url, poolSize: 1, applicationName: "preparing" });
  try {
    await sql`create table things (id int, name text)`.execute(db);
    await sql`insert into things values (${1}, ${"a"}), (${2}, ${"b"})`.execute(db);
    const nameOf = async (id: number): Promise<unknown> => (await sql`select name from things where id = ${id}`.execute(db)).rows;
    const all = async (id: number): Promise<unknown> => (await sql`select * from things where id = ${id}`.execute(db)).rows;
    expect([await nameOf(1), await nameOf(2)]).toEqual([[{ name: "a" }], [{ name: "b" }]]);
    expect(await all(1)).toEqual([{ id: 1, name: "a" }]);

    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements where ${true}`.execute(db);
    expect(rows.filter(({ statement }) => statement.includes("from things")).map(({ statement }) => statement)).toEqual([
      "select name from things where id = $1",
    ]);

    await sql`alter table things add column colour text default 'red'`.execute(db);
    expect(await all(1)).toEqual([{ id: 1, name: "a", colour: "red" }]);
    expect(await nameOf(1)).toEqual([{ name: "a" }]);
  } finally {
    await db.destroy();
  }
});
