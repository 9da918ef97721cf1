import { orgSettingsSchema } from "@berth/api/contract/orgs";
import type { z } from "zod";
import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";

export type OrgSettings = z.output<typeof orgSettingsSchema>;

export async function getOrgSettings(ctx: Ctx): Promise<OrgSettings> {
  const row = await ctx.db.selectFrom("orgs").select("settings").where("id", "=", ctx.orgId).executeTakeFirstOrThrow();
  return orgSettingsSchema.parse(row.settings);
}

/** Changes what holds for installs that say nothing else. Plans that wait already keep their time. @param input null: back to the default */
export function updateOrgSettings(ctx: Ctx, input: { approvalExpiresSeconds?: number | null | undefined }): Promise<OrgSettings> {
  return transact(ctx, async (inner) => {
    await inner.db.selectFrom("orgs").select("id").where("id", "=", inner.orgId).forUpdate().execute();
    const before = await getOrgSettings(inner);
    const { approvalExpiresSeconds: kept, ...rest } = before;
    const given = input.approvalExpiresSeconds === undefined ? kept : (input.approvalExpiresSeconds ?? undefined);
    const after: OrgSettings = { ...rest, ...(given === undefined ? {} : { approvalExpiresSeconds: given }) };
    await inner.db
      .updateTable("orgs")
      .set({ settings: toJsonb(after) })
      .where("id", "=", inner.orgId)
      .execute();
    await recordEvent(inner, { subjectKind: "org", subjectId: inner.orgId, event: "settings_changed", data: { before, after } });
    return after;
  });
}
