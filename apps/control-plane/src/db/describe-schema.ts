import pg from "pg";

/**
 * The schema of a database as SQL text, in a stable order: what the migrations have made of it. Reviewed in `schema.sql`, and compared by a test.
 * Kysely's own tables are left out.
 */
export async function describeSchema(databaseUrl: string): Promise<string> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    const columns = await db.query<{ table: string; line: string }>(`
      select c.relname as table,
             format('  %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                    case when a.attnotnull then ' not null' else '' end,
                    case when a.attidentity <> '' then ' generated always as identity'
                         when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end) as line
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
       where c.relkind = 'r' and c.relname not like 'kysely\\_%'
       order by c.relname collate "C", a.attname collate "C"`);
    const constraints = await db.query<{ table: string; line: string }>(`
      select c.relname as table, '  ' || pg_get_constraintdef(k.oid) as line
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
       where k.contype in ('p', 'u', 'f', 'c') and c.relname not like 'kysely\\_%'
       order by c.relname collate "C", k.contype desc, pg_get_constraintdef(k.oid) collate "C"`);
    const indexes = await db.query<{ table: string; line: string }>(`
      select tablename as table, indexdef || ';' as line from pg_indexes i
       where schemaname = 'public' and tablename not like 'kysely\\_%'
         and not exists (select 1 from pg_constraint k where k.conname = i.indexname)
       order by tablename collate "C", indexname collate "C"`);
    const tables = [...new Set(columns.rows.map((row) => row.table))];
    const linesOf = (rows: { table: string; line: string }[], table: string): string[] =>
      rows.filter((row) => row.table === table).map((row) => row.line);
    return tables
      .map((table) => {
        const body = [...linesOf(columns.rows, table), ...linesOf(constraints.rows, table)].join(",\n");
        return [`create table ${table} (\n${body}\n);`, ...linesOf(indexes.rows, table), ""].join("\n");
      })
      .join("\n");
  } finally {
    await db.end();
  }
}
