import { gunzipSync } from "node:zlib";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { openPlan } from "./seal.ts";
import { shownParts, type ShownPlan } from "./shown-parts.ts";
import { maxDisplayBytes } from "./store.ts";

/**
 * What a plan would change, for people: resources, drift and outputs, sensitive values masked.
 * @throws AppError `not_found` where the org has no such plan or nothing to show was delivered with it
 */
export async function displayPlan(ctx: Ctx, input: { planId: string }): Promise<ShownPlan> {
  const row = await ctx.db
    .selectFrom("plans")
    .select("display_enc")
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.planId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no plan ${input.planId}`);
  if (!row.display_enc) throw new AppError("not_found", `Plan ${input.planId} came without its JSON form, so there is nothing to show`);
  const json = gunzipSync(openPlan(ctx.system.vault, input.planId, "display", row.display_enc), { maxOutputLength: maxDisplayBytes });
  return shownParts(JSON.parse(json.toString("utf8")));
}
