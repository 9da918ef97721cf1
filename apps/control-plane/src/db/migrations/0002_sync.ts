import { sql, type Kysely } from "kysely";

/** Why a build was made, and what sync has learned of directories at commits: both never change once written. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table builds add column why text not null default ''`.execute(db);
  await sql`
    create table git_trees (
      org_id text not null references orgs(id),
      repo text not null,
      commit text not null,
      directory text not null,
      tree text not null,
      primary key (org_id, repo, commit, directory)
    )`.execute(db);
}
