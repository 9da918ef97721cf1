import { sql, type Selectable } from "kysely";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";

export type SecretsRow = Selectable<Database["install_secrets"]>;

/** What is known of an install's secrets, by name. */
export async function findSecrets(ctx: Ctx, installId: string): Promise<Map<string, SecretsRow>> {
  const rows = await ctx.db
    .selectFrom("install_secrets")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", installId)
    .execute();
  return new Map(rows.map((row) => [row.name, row]));
}

/** Whether a sync has written into the install's cluster. */
export async function wroteSecrets(ctx: Ctx, installId: string): Promise<boolean> {
  const row = await ctx.db
    .selectFrom("install_secrets")
    .select("name")
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", installId)
    .where(sql<boolean>`jsonb_array_length(targets) > 0`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
