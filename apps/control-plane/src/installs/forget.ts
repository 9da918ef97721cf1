import { AppError } from "@berth/kit/errors";
import { removeSchedules } from "../actions/sync-schedules.ts";
import { removeDriftSchedules } from "../drift/schedules.ts";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { cancelWorkflow } from "../workflows/cancel.ts";
import { findInstall, type InstallRow } from "./queries.ts";

/**
 * Drops an install from the lists without touching what it runs: schedules end, workflows are cancelled, its name is free again.
 * @param input.name the install's name, as a confirmation
 * @throws AppError `not_found`; `conflict` where the name is not the install's
 */
export async function forgetInstall({ ctx, input }: { ctx: Ctx; input: { installId: string; name: string } }): Promise<InstallRow> {
  const install = await transact(ctx, async (inner) => {
    const row = await findInstall(inner, input.installId, "lock");
    if (row.name !== input.name)
      throw new AppError("conflict", `The install is named "${row.name}", not "${input.name}"; nothing was forgotten`);
    await inner.db.updateTable("installs").set({ forgotten_at: ctx.system.now() }).where("id", "=", row.id).execute();
    await removeSchedules(inner, row.id);
    await removeDriftSchedules(inner, row.id);
    await recordEvent(inner, {
      subjectKind: "install",
      subjectId: row.id,
      event: "forgotten",
      installId: row.id,
      data: { name: row.name },
    });
    return row;
  });
  const open = await ctx.db
    .selectFrom("workflows")
    .select("id")
    .where("install_id", "=", install.id)
    .where("state", "in", ["queued", "running", "awaiting_approval"])
    .execute();
  // Each under its own lock, newest last: a workflow is always locked before its install.
  for (const { id } of open) {
    await cancelWorkflow({ ctx, input: { workflowId: id, reason: "The install was forgotten" } }).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "state_conflict") throw error;
    });
  }
  return install;
}
