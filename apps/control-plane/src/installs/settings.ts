import { installSettingsSchema } from "@berth/api/contract/install-settings";
import type { z } from "zod";
import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { findInstall } from "./queries.ts";
import { readSettings, type InstallSettings } from "./read-settings.ts";

/** @throws AppError `not_found` */
export async function getSettings({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<InstallSettings> {
  await findInstall(ctx, input.installId);
  const row = await ctx.db.selectFrom("installs").select("settings").where("id", "=", input.installId).executeTakeFirstOrThrow();
  return readSettings(row.settings);
}

/** Changes some of an install's settings. Plans that wait are looked at by the new ones. @throws AppError `not_found` */
export async function updateSettings({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; change: Partial<z.input<typeof installSettingsSchema>> };
}): Promise<InstallSettings> {
  const { installId } = input;
  const settings = await transact(ctx, async (inner) => {
    await findInstall(inner, installId, "lock");
    const before = await getSettings({ ctx: inner, input });
    const given = Object.fromEntries(Object.entries(input.change).filter(([, value]) => value !== undefined));
    const after = installSettingsSchema.parse({ ...before, ...given });
    await inner.db
      .updateTable("installs")
      .set({ settings: toJsonb(after) })
      .where("id", "=", installId)
      .execute();
    await recordEvent(inner, {
      subjectKind: "install",
      subjectId: installId,
      event: "settings_changed",
      installId,
      data: { before, after },
    });
    return after;
  });
  const open = await ctx.db
    .selectFrom("workflows")
    .select("id")
    .where("install_id", "=", installId)
    .where("state", "in", ["queued", "running", "awaiting_approval"])
    .execute();
  for (const { id } of open) await advanceWorkflow({ system: ctx.system, workflowId: id });
  return settings;
}
