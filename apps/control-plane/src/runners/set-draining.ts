import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

/** Notes that a runner takes no new jobs, or takes them again. */
export function setDraining(args: { ctx: Ctx; input: { runnerId: string; installId: string; draining: boolean } }): Promise<void> {
  const { runnerId, installId, draining } = args.input;
  return transact(args.ctx, async (ctx) => {
    const changed = await ctx.db
      .updateTable("runners")
      .set({ draining })
      .where("id", "=", runnerId)
      .where("draining", "!=", draining)
      .returning("id")
      .executeTakeFirst();
    if (changed)
      await recordEvent(ctx, { subjectKind: "runner", subjectId: runnerId, event: draining ? "draining" : "drain_ended", installId });
  });
}
