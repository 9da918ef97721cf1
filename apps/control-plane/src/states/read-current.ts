import type { Ctx } from "../context.ts";
import { openState } from "./seal.ts";

/** The newest version of a target's Terraform state, decrypted; undefined where there is none yet. */
export async function readCurrentState({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; target: string };
}): Promise<{ stateId: string; version: number; content: Buffer } | undefined> {
  const row = await ctx.db
    .selectFrom("terraform_states")
    .select(["id", "version", "content_enc"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .where("target", "=", input.target)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && { stateId: row.id, version: row.version, content: openState(ctx.system.vault, row.id, row.content_enc) };
}
