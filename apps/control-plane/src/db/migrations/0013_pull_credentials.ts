import { sql, type Kysely } from "kysely";

/** Long-lived names and passwords with which a customer's cluster pulls the images of one install. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // secret_enc: of the one that runners write into the cluster; those that people make are stored as a hash alone.
  await sql`
    create table pull_credentials (
      id text primary key,
      org_id text not null references orgs(id),
      install_id text not null references installs(id),
      name text not null,
      kind text not null,
      token_hash text not null unique,
      secret_enc bytea,
      created_by text not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      revoked_at timestamptz,
      last_used_at timestamptz
    )`.execute(db);
  await sql`create index pull_credentials_install on pull_credentials(install_id, created_at, id)`.execute(db);
  // Two plans that start at once agree on one.
  await sql`create unique index pull_credentials_cluster on pull_credentials(install_id) where kind = 'cluster' and revoked_at is null`.execute(
    db,
  );
}
