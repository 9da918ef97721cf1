import type { Ctx } from "../context.ts";

/** `<install>/<component>` of what was deployed once and is not there any more. */
export async function removedComponents(ctx: Ctx, installIds: readonly string[]): Promise<Set<string>> {
  if (installIds.length === 0) return new Set();
  const rows = await ctx.db
    .selectFrom("install_targets")
    .select(["install_id", "target"])
    .where("install_id", "in", installIds)
    .where("state", "=", "inactive")
    .execute();
  return new Set(rows.map(({ install_id: installId, target }) => `${installId}/${target.replace("component:", "")}`));
}
