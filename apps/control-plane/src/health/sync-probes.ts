import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import { probedComponents } from "./probed-components.ts";

/** Brings an install's probes in step with its config. Those that are there already keep their next time. */
export async function syncProbes(ctx: Ctx, input: { installId: string; config: AppConfig }): Promise<void> {
  if (probedComponents(input.config).length === 0) return removeProbes(ctx, input.installId);
  await ctx.db
    .insertInto("probe_schedules")
    .values({ install_id: input.installId, org_id: ctx.orgId, next_tick_at: ctx.system.now() })
    .onConflict((conflict) => conflict.column("install_id").doNothing())
    .execute();
}

/** Makes no probes of an install any more. */
export async function removeProbes(ctx: Ctx, installId: string): Promise<void> {
  await ctx.db.deleteFrom("probe_schedules").where("install_id", "=", installId).execute();
}
