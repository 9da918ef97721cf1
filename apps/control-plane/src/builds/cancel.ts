import { AppError } from "@berth/kit/errors";
import { afterCommit, transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { endBuild } from "./end.ts";
import { getBuild } from "./get.ts";
import type { BuildView } from "./view.ts";

/**
 * Ends a waiting build at once; asks the builder of a running one to stop. Cancelling what is cancelled changes nothing.
 * @throws AppError `not_found`, `state_conflict` where it has ended otherwise
 */
export async function cancelBuild({ ctx, input }: { ctx: Ctx; input: { buildId: string } }): Promise<BuildView> {
  await transact(ctx, async (inner) => {
    const build = await inner.db
      .selectFrom("builds")
      .select(["id", "state", "attempt", "cancel_requested_at"])
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", input.buildId)
      .forUpdate()
      .executeTakeFirst();
    if (!build) throw new AppError("not_found", `There is no build ${input.buildId}`);
    if (build.state === "cancelled" || build.cancel_requested_at) return;
    if (build.state === "queued") {
      await endBuild(inner, { buildId: build.id, attempt: build.attempt, end: { event: "cancel" } });
      return;
    }
    if (build.state !== "running") throw new AppError("state_conflict", `Build ${build.id} has ${build.state} already`);
    await inner.db.updateTable("builds").set({ cancel_requested_at: ctx.system.now() }).where("id", "=", build.id).execute();
    await recordEvent(inner, { subjectKind: "build", subjectId: build.id, event: "cancel_requested" });
    await afterCommit(inner, { kind: "publish", topic: "builds", data: { buildId: build.id } });
  });
  return getBuild({ ctx, input });
}
