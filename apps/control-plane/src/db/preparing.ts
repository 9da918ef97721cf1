import type { Writable } from "node:stream";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import type pg from "pg";

/** More than these are not prepared: PostgreSQL keeps each of them in memory, once per connection. */
const most = { statements: 500, parameters: 60 } as const;

/** `select *`, `returning jobs.*`, but not `count(*)`. */
const everyColumn = /(?<!\()\*/;

/**
 * A pool whose statements are prepared: PostgreSQL parses each of them once per connection instead of at every use, and soon plans it no more.
 * A statement that takes every column (`*`) is left as it is, since it would fail once a migration has added a column; so are those with many parameters, whose number varies.
 */
export function preparing(pool: pg.Pool): PostgresPool {
  const names = new Map<string, string>();
  const nameOf = (sql: string, parameters: number): string | undefined => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= most.statements || parameters === 0 || parameters > most.parameters || everyColumn.test(sql)) return undefined;
    const name = `s${names.size + 1}`;
    names.set(sql, name);
    return name;
  };
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  const wrap = (client: pg.PoolClient): PostgresPoolClient => {
    // One that breaks between two statements tells whoever sends the next one; without a listener it would end the process.
    client.on("error", () => {});
    const together = gather(client);
    const query = (text: string, values: unknown[] = []): unknown => {
      together();
      const name = nameOf(text, values.length);
      return client.query(name === undefined ? { text, values } : { name, text, values });
    };
    return { query: query as PostgresPoolClient["query"], release: (destroy) => client.release(destroy) };
  };
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      const wrapped = clients.get(client) ?? wrap(client);
      clients.set(client, wrapped);
      return wrapped;
    },
    end: () => pool.end(),
  };
}

/** What is written to a client's socket before the event loop goes on leaves in one piece. */
function gather(client: pg.PoolClient): () => void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  let gathering = false;
  return () => {
    if (gathering) return;
    gathering = true;
    stream.cork();
    process.nextTick(() => {
      gathering = false;
      stream.uncork();
    });
  };
}
