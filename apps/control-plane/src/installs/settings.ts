import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { getOrgSettings } from "../orgs/settings.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { findInstall } from "./queries.ts";
import { readSettings, type InstallSettings } from "./read-settings.ts";

/** @throws AppError `not_found` */
export async function getSettings({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<InstallSettings> {
  const install = await findInstall(ctx, input.installId);
  return readSettings(install.settings, await getOrgSettings(ctx));
}

/** Changes some of an install's settings; null takes one back to its default. Plans that wait are looked at by the new ones. @throws AppError `not_found` */
export async function updateSettings({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; change: { [K in keyof InstallSettings]?: InstallSettings[K] | null | undefined } };
}): Promise<InstallSettings> {
  const { installId } = input;
  const settings = await transact(ctx, async (inner) => {
    const install = await findInstall(inner, installId, "lock");
    const org = await getOrgSettings(inner);
    const before = readSettings(install.settings, org);
    // Only what was said is kept, so that the rest follows the org and the defaults.
    const given = Object.entries({ ...install.settings, ...input.change });
    const stored = Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null));
    const after = readSettings(stored, org);
    await inner.db
      .updateTable("installs")
      .set({ settings: toJsonb(stored) })
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
