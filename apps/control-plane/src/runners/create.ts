import { newId } from "@berth/kit/ids";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { createEnrolmentToken } from "./create-enrolment-token.ts";
import { adoptQueuedJobs } from "./move-queued-jobs.ts";

/** Makes an install's runner, which does not exist in the customer's account yet, and the one-time token that lets it enrol. */
export function createRunner(args: {
  ctx: Ctx;
  input: { installId: string; name: string };
}): Promise<{ runnerId: string; enrolToken: string; expiresAt: Date }> {
  const { input } = args;
  return transact(args.ctx, async (ctx) => {
    const runnerId = newId("runner");
    await ctx.db
      .insertInto("runners")
      .values({
        id: runnerId,
        org_id: ctx.orgId,
        install_id: input.installId,
        name: input.name,
        state: "enrolling",
        capabilities: null,
        created_at: ctx.system.now(),
      })
      .execute();
    await recordEvent(ctx, { subjectKind: "runner", subjectId: runnerId, event: "created", installId: input.installId });
    await adoptQueuedJobs(ctx, { installId: input.installId });
    const { token, expiresAt } = await createEnrolmentToken({ ctx, input: { runnerId } });
    return { runnerId, enrolToken: token, expiresAt };
  });
}
