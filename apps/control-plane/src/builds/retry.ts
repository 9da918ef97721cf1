import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { getBuild } from "./get.ts";
import { insertBuild } from "./insert.ts";
import type { BuildView } from "./view.ts";

/**
 * Makes a new build of what has failed or was cancelled; config versions that use the old one go over to it. Asked twice, it gives the one under way.
 * @throws AppError `not_found`, `state_conflict` where the build has not ended, or has succeeded
 */
export async function retryBuild({ ctx, input }: { ctx: Ctx; input: { buildId: string } }): Promise<BuildView> {
  const buildId = await transact(ctx, async (inner) => {
    const build = await inner.db
      .selectFrom("builds")
      .selectAll()
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", input.buildId)
      .forUpdate()
      .executeTakeFirst();
    if (!build) throw new AppError("not_found", `There is no build ${input.buildId}`);
    if (build.state === "succeeded")
      throw new AppError("state_conflict", `Build ${build.id} has succeeded; create a build to make it again`);
    if (build.state !== "failed" && build.state !== "cancelled")
      throw new AppError("state_conflict", `Build ${build.id} is still ${build.state}`);
    const open = await inner.db
      .selectFrom("builds")
      .select("id")
      .where("app_id", "=", build.app_id)
      .where("target", "=", build.target)
      .where("checksum", "=", build.checksum)
      .where("state", "in", ["queued", "running"])
      .where("cancel_requested_at", "is", null)
      .executeTakeFirst();
    const id =
      open?.id ??
      (await insertBuild(inner, {
        appId: build.app_id,
        configId: build.app_config_id,
        target: build.target,
        checksum: build.checksum,
        source: build.source,
        why: `retry of ${build.id}`,
        forced: false,
      }));
    await inner.db.updateTable("app_config_targets").set({ build_id: id }).where("build_id", "=", build.id).execute();
    return id;
  });
  return getBuild({ ctx, input: { buildId } });
}
