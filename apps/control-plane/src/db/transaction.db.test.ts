import { createTestDatabase } from "@berth/testkit/postgres";
import fc from "fast-check";
import { sql, type CompiledQuery } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "./client.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let open: ReturnType<typeof openDatabase>;

beforeAll(async () => {
  database = await createTestDatabase();
  // One connection: what a transaction leaves behind on it meets the next.
  open = openDatabase({ url: database.url, poolSize: 1, applicationName: "transactions" });
  await sql`create table things (id int primary key, name text)`.execute(open.db);
});
afterAll(async () => {
  await open.db.destroy();
  await database[Symbol.asyncDispose]();
});

const insert = (id: number, name = "a"): CompiledQuery =>
  sql`insert into things (id, name) values (${id}::int, ${name}::text) returning id`.compile(open.db);
const ids = async (): Promise<number[]> => {
  const { rows } = await sql<{ id: number }>`select id from things order by id`.execute(open.db);
  return rows.map(({ id }) => id);
};
const clear = (): Promise<unknown> => sql`truncate things`.execute(open.db);

describe("a transaction", () => {
  it("does what was sent in its order, ahead of what is asked after it, and waits for the answers before it ends", async () => {
    await clear();
    const told: unknown[] = [];
    const seen = await open.transaction(async ({ db, send }) => {
      send(insert(1), (rows) => void told.push(rows));
      send(sql`update things set name = ${"b"} where id = ${1}`.compile(db));
      const { rows } = await sql`select id, name from things where id = ${1}`.execute(db);
      send(insert(2), async (rows) => {
        await Promise.resolve();
        told.push(rows);
      });
      return rows;
    });
    expect(seen).toEqual([{ id: 1, name: "b" }]);
    expect(told).toEqual([[{ id: 1 }], [{ id: 2 }]]);
    expect(await ids()).toEqual([1, 2]);
  });

  it("keeps nothing where the work, a statement or the look at its rows fails, and says which it was", async () => {
    await clear();
    const failing = [
      () => Promise.reject(new Error("the work")),
      () =>
        open.transaction(async ({ send }) => {
          send(insert(1));
          await Promise.reject(new Error("the work"));
        }),
      () =>
        open.transaction(async ({ send, answered }) => {
          send(insert(1), () => {
            throw new Error("the look");
          });
          await answered();
        }),
      () =>
        open.transaction(({ send }) => {
          send(insert(1), () => {
            throw new Error("the look");
          });
          return Promise.resolve();
        }),
    ];
    const why = await Promise.all(failing.map((run) => run().catch((error: Error) => error.message)));
    expect(why).toEqual(["the work", "the work", "the look", "the look"]);
    expect(await ids()).toEqual([]);
  });

  it("tells of the statement that failed, not of those that came too late, whoever waits for them", async () => {
    await clear();
    const twice = open.transaction(async ({ db, send }) => {
      send(insert(1));
      send(insert(1, "again"));
      send(insert(2));
      await sql`select name from things where id = ${1}`.execute(db);
    });
    await expect(twice).rejects.toThrow(/duplicate key value.*things_pkey/);
    expect(await ids()).toEqual([]);
  });

  it("is not taken for done where a statement failed and nobody minded", async () => {
    await clear();
    const careless = open.transaction(async ({ db, send }) => {
      send(insert(1));
      await insertBadly(db).catch(() => {});
    });
    await expect(careless).rejects.toThrow("rolled back");
    expect(await ids()).toEqual([]);
  });

  it("leaves a connection on which statements that it never came to can be prepared", async () => {
    await clear();
    const late = (id: number): CompiledQuery => sql`select name from things where id = ${id}::int and name <> ${"never"}`.compile(open.db);
    for (let round = 0; round < 3; round++) {
      const failing = open.transaction(({ send }) => {
        send(insert(1));
        send(insert(1));
        send(late(1));
        return Promise.resolve();
      });
      await expect(failing).rejects.toThrow("duplicate key");
      const rows: unknown[] = [];
      await open.transaction(({ send }) => {
        send(insert(5 + round));
        send(late(5 + round), (found) => void rows.push(...found));
        return Promise.resolve();
      });
      expect(rows).toEqual([{ name: "a" }]);
    }
  });

  it("ends with the connection, and the next one has another", async () => {
    await clear();
    const cut = open.transaction(async ({ db, send }) => {
      send(insert(1));
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      await using other = await createKiller(database.url);
      await other.kill(rows[0]?.pid ?? 0);
      await sql`select 1`.execute(db);
    });
    await expect(cut).rejects.toThrow(/terminat|connection/i);
    await open.transaction(({ send }) => {
      send(insert(2));
      return Promise.resolve();
    });
    expect(await ids()).toEqual([2]);
  });

  it("of any statements is all or nothing, and what is asked in it sees all that was sent before", async () => {
    const step = fc.record({ id: fc.integer({ min: 1, max: 6 }), ask: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await clear();
        const wanted = new Set<number>();
        const fails = steps.some(({ id }) => wanted.size === wanted.add(id).size);
        const done = await open
          .transaction(async ({ db, send }) => {
            let sent = 0;
            for (const { id, ask } of steps) {
              send(insert(id));
              sent++;
              if (!ask) continue;
              const { rows } = await sql<{ n: number }>`select count(id)::int as n from things where id > ${0}`.execute(db);
              expect(rows[0]?.n).toBe(sent);
            }
          })
          .then(() => true)
          .catch((error: Error) => {
            expect(error.message).toContain("duplicate key");
            return false;
          });
        expect(done).toBe(!fails);
        expect(await ids()).toEqual(done ? [...wanted].toSorted((a, b) => a - b) : []);
      }),
      { numRuns: 60 },
    );
  });
});

function insertBadly(db: Parameters<Parameters<typeof open.transaction>[0]>[0]["db"]): Promise<unknown> {
  return sql`insert into things (id) values (${"no number"}::int)`.execute(db);
}

/** A connection of its own, to end others with. */
async function createKiller(url: string): Promise<AsyncDisposable & { kill(pid: number): Promise<void> }> {
  const { db } = openDatabase({ url, poolSize: 1, applicationName: "killer" });
  await Promise.resolve();
  return {
    async kill(pid) {
      await sql`select pg_terminate_backend(${pid}::int, 5000)`.execute(db);
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}
