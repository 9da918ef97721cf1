import { Kysely, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import { preparing } from "./preparing.ts";
import type { Database } from "./schema.ts";
import { transactionsOn, type RunTransaction } from "./transaction.ts";

export type Db = Kysely<Database>;
/** A running transaction, or the database where one statement is enough. */
export type Tx = Transaction<Database> | Db;

const int8 = 20;

/** Opens a pool. `bigint` columns are read as numbers: sizes, offsets and serials stay far below 2^53. */
export function openDatabase(input: { url: string; poolSize: number; applicationName: string }): { db: Db; transaction: RunTransaction } {
  const pool = new pg.Pool({
    connectionString: input.url,
    max: input.poolSize,
    application_name: input.applicationName,
    pipeline: true,
    types: {
      getTypeParser: ((oid: number, format: never) =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that breaks (a restarted server) is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  const prepared = preparing(pool);
  return { db: new Kysely<Database>({ dialect: new PostgresDialect({ pool: prepared }) }), transaction: transactionsOn(prepared) };
}
