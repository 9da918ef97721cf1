import { Kysely, PostgresDialect, type Compilable, type CompiledQuery, type PostgresPool, type PostgresPoolClient } from "kysely";
import type { Db } from "./client.ts";
import type { Database } from "./schema.ts";

/** Told the rows that a statement returned. */
export type OnRows<Row> = (rows: Row[]) => void | Promise<void>;

/** A transaction that is open. */
export type OpenTransaction = {
  /** For statements whose answer is needed here. Several that are begun at once travel together. */
  db: Db;
  /**
   * Sends a statement now, behind all that was sent before, without waiting for its answer: the transaction ends when that is there.
   * What the statement throws, or `onRows` makes of the rows it returned, is the transaction's error.
   */
  send: <Row>(query: Compilable<Row> | CompiledQuery<Row>, onRows?: OnRows<Row>) => void;
  /** Waits for the answers to all that was sent. @throws what one of them, or its `onRows`, threw */
  answered: () => Promise<void>;
};

/** Runs work in a transaction: committed when the work is done and everything sent was answered, rolled back when anything of it throws. */
export type RunTransaction = <T>(work: (tx: OpenTransaction) => Promise<T>) => Promise<T>;

/**
 * Transactions whose statements need not wait for each other. A statement costs less than its way there and back, so what is sent together is done
 * in a fraction of the time, on both sides.
 * @param pool its clients have to be pipelining
 */
export function transactionsOn(pool: PostgresPool): RunTransaction {
  const databases = new WeakMap<PostgresPoolClient, Db>();
  const databaseOf = (client: PostgresPoolClient): Db => {
    const known = databases.get(client);
    if (known) return known;
    const made = new Kysely<Database>({ dialect: new PostgresDialect({ pool: only(client, pool.options) }) });
    databases.set(client, made);
    return made;
  };
  return async (work) => {
    const client = await pool.connect();
    let usable = true;
    const sent: Promise<void>[] = [];
    const keep = (answer: Promise<void>): void => {
      // Told at the end.
      answer.catch(() => {});
      sent.push(answer);
    };
    try {
      keep(client.query("begin", []).then(() => {}));
      const result = await work({
        db: databaseOf(client),
        send(query, onRows) {
          const { sql, parameters } = "compile" in query ? query.compile() : query;
          keep(client.query<never>(sql, parameters).then(({ rows }) => onRows?.(rows)));
        },
        answered: async () => void (await Promise.all(sent)),
      });
      await Promise.all(sent);
      const { command } = await client.query<never>("commit", []);
      // A statement failed, and the work went on as if it had not.
      if (command === "ROLLBACK") throw new Error("The transaction was rolled back: a statement in it had failed");
      return result;
    } catch (error) {
      const [first] = (await Promise.allSettled(sent)).filter(({ status }) => status === "rejected");
      await client.query("rollback", []).catch(() => {
        usable = false;
      });
      // A statement behind one that failed only says that it came too late.
      throw first?.status === "rejected" && isAborted(error) ? first.reason : error;
    } finally {
      client.release(!usable);
    }
  };
}

function only(client: PostgresPoolClient, options: PostgresPool["options"]): PostgresPool {
  return { options, connect: () => Promise.resolve({ query: client.query, release: () => {} }), end: () => Promise.resolve() };
}

/** `in_failed_sql_transaction` */
function isAborted(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "25P02";
}
