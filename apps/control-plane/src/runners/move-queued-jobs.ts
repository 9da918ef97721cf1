import { afterCommit, type Ctx } from "../context.ts";

/** Gives the queued jobs of a runner that will never come back to another runner of the install, where there is one. */
export async function moveQueuedJobs(ctx: Ctx, input: { fromRunnerId: string; installId: string }): Promise<void> {
  const other = await ctx.db
    .selectFrom("runners")
    .select("id")
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .where("id", "!=", input.fromRunnerId)
    .where("state", "in", ["online", "offline", "enrolling"])
    .orderBy("created_at", "desc")
    .executeTakeFirst();
  if (!other) return;
  await ctx.db
    .updateTable("jobs")
    .set({ runner_id: other.id })
    .where("runner_id", "=", input.fromRunnerId)
    .where("state", "=", "queued")
    .execute();
  await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId: other.id, about: "work" } });
}

/** The same for every revoked runner of an install: it has a new runner now. */
export async function adoptQueuedJobs(ctx: Ctx, input: { installId: string }): Promise<void> {
  const gone = await ctx.db
    .selectFrom("runners")
    .select("id")
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .where("state", "=", "revoked")
    .execute();
  for (const { id } of gone) await moveQueuedJobs(ctx, { fromRunnerId: id, installId: input.installId });
}
