import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { findInstall, type InstallRow } from "./queries.ts";

/** Turns approve-all of an install on or off. Turning it on approves the plans that wait. @throws AppError `not_found` */
export async function setInstallApproveAll({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; enabled: boolean };
}): Promise<InstallRow> {
  const install = await transact(ctx, async (inner) => {
    const row = await findInstall(inner, input.installId, "lock");
    if (row.approve_all === input.enabled) return row;
    await inner.db.updateTable("installs").set({ approve_all: input.enabled }).where("id", "=", row.id).execute();
    await recordEvent(inner, {
      subjectKind: "install",
      subjectId: row.id,
      event: input.enabled ? "approve_all_on" : "approve_all_off",
      installId: row.id,
    });
    return { ...row, approve_all: input.enabled };
  });
  if (input.enabled) {
    const waiting = await ctx.db
      .selectFrom("workflows")
      .select("id")
      .where("install_id", "=", install.id)
      .where("state", "in", ["running", "awaiting_approval"])
      .execute();
    for (const { id } of waiting) await advanceWorkflow({ system: ctx.system, workflowId: id });
  }
  return install;
}
