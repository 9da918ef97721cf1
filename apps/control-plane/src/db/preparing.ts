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
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      // Streamed results go by a cursor, which is no text.
      const query = (text: unknown, values: unknown[] = []): unknown => {
        if (typeof text !== "string") return client.query(text as string);
        const name = nameOf(text, values.length);
        return client.query(name === undefined ? { text, values } : { name, text, values });
      };
      return { query: query as PostgresPoolClient["query"], release: () => client.release() };
    },
    end: () => pool.end(),
  };
}
