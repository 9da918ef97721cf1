import { newId } from "@berth/kit/ids";
import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { hashPullSecret, newPullSecret } from "./secret.ts";

/**
 * The credential that runners write into an install's cluster: made when it is first needed, and anew after it was revoked. It alone is kept, sealed, beside its
 * hash: every deploy must write the same.
 */
export async function clusterPullCredential(ctx: Ctx, input: { installId: string }): Promise<{ id: string; password: string }> {
  const found = await read(ctx, input.installId);
  if (found) return found;
  const id = newId("pullCredential");
  const password = newPullSecret();
  const made = await ctx.db
    .insertInto("pull_credentials")
    .values({
      id,
      org_id: ctx.orgId,
      install_id: input.installId,
      name: "cluster",
      kind: "cluster",
      token_hash: hashPullSecret(password),
      secret_enc: ctx.system.vault.seal(password, sealedFor(id)),
      created_by: "system",
      created_at: ctx.system.now(),
    })
    // Another workflow was quicker; its row is there once it has committed.
    .onConflict((conflict) => conflict.column("install_id").where("kind", "=", "cluster").where("revoked_at", "is", null).doNothing())
    .returning("id")
    .executeTakeFirst();
  if (!made) return (await read(ctx, input.installId)) ?? (await clusterPullCredential(ctx, input));
  await recordEvent(ctx, {
    subjectKind: "pull_credential",
    subjectId: id,
    event: "created",
    installId: input.installId,
    data: { name: "cluster" },
  });
  return { id, password };
}

async function read(ctx: Ctx, installId: string): Promise<{ id: string; password: string } | undefined> {
  const row = await ctx.db
    .selectFrom("pull_credentials")
    .select(["id", "secret_enc"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", installId)
    .where("kind", "=", "cluster")
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!row?.secret_enc) return undefined;
  return { id: row.id, password: ctx.system.vault.open(row.secret_enc, sealedFor(row.id)).toString("utf8") };
}

function sealedFor(id: string): string {
  return `pull-credential:${id}`;
}
