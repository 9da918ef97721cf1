import { newId } from "@berth/kit/ids";
import type { Ctx } from "../context.ts";

/** Notes a published artifact; one that is known already keeps its row. @returns its id */
export async function recordArtifact(
  ctx: Ctx,
  input: { appId: string; repository: string; digest: string; mediaType: string; size: number },
): Promise<string> {
  const row = await ctx.db
    .insertInto("artifacts")
    .values({
      id: newId("artifact"),
      org_id: ctx.orgId,
      app_id: input.appId,
      repository: input.repository,
      digest: input.digest,
      media_type: input.mediaType,
      size: input.size,
      created_at: ctx.system.now(),
    })
    // An update of nothing, so that the row that is there comes back and cannot go away meanwhile.
    .onConflict((conflict) => conflict.columns(["org_id", "repository", "digest"]).doUpdateSet({ media_type: input.mediaType }))
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}
