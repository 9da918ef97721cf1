import { sql, type Kysely } from "kysely";

/** How components are, and how they were: one row per stretch of time in which nothing changed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table component_health (
      install_id text not null references installs(id),
      org_id text not null references orgs(id),
      component text not null,
      verdict text not null,
      since timestamptz not null,
      why text not null,
      tending text,
      tending_count integer not null default 0,
      seen_at timestamptz not null,
      stale_at timestamptz not null,
      primary key (install_id, component)
    )`.execute(db);
  await sql`create index component_health_stale on component_health(stale_at) where verdict <> 'unknown'`.execute(db);
  await sql`
    create table health_segments (
      install_id text not null,
      org_id text not null,
      component text not null,
      verdict text not null,
      from_at timestamptz not null,
      to_at timestamptz not null
    )`.execute(db);
  await sql`create index health_segments_of on health_segments(install_id, component, to_at)`.execute(db);
  await sql`
    create table health_checks (
      install_id text not null references installs(id),
      org_id text not null references orgs(id),
      component text not null,
      name text not null,
      status text not null,
      message text not null default '',
      reported_by text not null,
      reported_at timestamptz not null,
      stale_at timestamptz not null,
      primary key (install_id, component, name)
    )`.execute(db);
}
