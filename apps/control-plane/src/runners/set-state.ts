import { AppError } from "@berth/kit/errors";
import { afterCommit, transact, type Ctx } from "../context.ts";
import type { RunnerState } from "../db/schema.ts";
import { recordEvent } from "../events/record.ts";
import { moveQueuedJobs } from "./move-queued-jobs.ts";

type Switch = "disable" | "enable" | "revoke";

/** What each switch does to each state; left out: it does not apply. */
const switches: Record<Switch, Partial<Record<RunnerState, RunnerState>>> = {
  disable: { enrolling: "disabled", online: "disabled", offline: "disabled", disabled: "disabled" },
  enable: { disabled: "offline", enrolling: "enrolling", online: "online", offline: "offline" },
  revoke: { enrolling: "revoked", online: "revoked", offline: "revoked", disabled: "revoked", revoked: "revoked" },
};

/**
 * Disables a runner (its session ends, it gets no work until it is enabled), enables it again, or revokes it for good. Doing it twice changes nothing.
 * @throws AppError `not_found`; `runner_disabled` for a revoked runner that is to be disabled or enabled
 */
export function switchRunner(args: { ctx: Ctx; input: { runnerId: string; to: Switch } }): Promise<{ state: RunnerState }> {
  const { runnerId, to } = args.input;
  return transact(args.ctx, async (ctx) => {
    const runner = await ctx.db
      .selectFrom("runners")
      .select(["state", "install_id", "public_key"])
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", runnerId)
      .forUpdate()
      .executeTakeFirst();
    if (!runner) throw new AppError("not_found", `There is no runner ${runnerId}`);
    let state = switches[to][runner.state];
    if (!state)
      throw new AppError("runner_disabled", `Runner ${runnerId} was revoked, and that is for good. Create a new one for the install.`);
    if (to === "enable" && runner.state === "disabled" && !runner.public_key) state = "enrolling";
    if (state === runner.state) return { state };
    await ctx.db
      .updateTable("runners")
      .set({ state, disabled_by: to === "enable" ? null : ctx.actor })
      .where("id", "=", runnerId)
      .execute();
    if (to === "revoke") {
      await ctx.db
        .updateTable("enrolment_tokens")
        .set({ expires_at: ctx.system.now() })
        .where("runner_id", "=", runnerId)
        .where("used_at", "is", null)
        .where("expires_at", ">", ctx.system.now())
        .execute();
      await moveQueuedJobs(ctx, { fromRunnerId: runnerId, installId: runner.install_id });
    }
    await recordEvent(ctx, { subjectKind: "runner", subjectId: runnerId, event: `${to}d`, installId: runner.install_id });
    await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId } });
    return { state };
  });
}
