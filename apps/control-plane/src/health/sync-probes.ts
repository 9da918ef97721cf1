import type { Ctx } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { probedComponents } from "./probed-components.ts";

/** Brings an install's probes in step with its config. Those that are there already keep their next time. */
export async function syncProbes(ctx: Ctx, installId: string): Promise<void> {
  const { config } = await findInstallConfig(ctx, installId);
  if (probedComponents(config).length === 0) return removeProbes(ctx, installId);
  await ctx.db
    .insertInto("probe_schedules")
    .values({ install_id: installId, org_id: ctx.orgId, next_tick_at: ctx.system.now() })
    .onConflict((conflict) => conflict.column("install_id").doNothing())
    .execute();
}

/** Makes no probes of an install any more. */
export async function removeProbes(ctx: Ctx, installId: string): Promise<void> {
  await ctx.db.deleteFrom("probe_schedules").where("install_id", "=", installId).execute();
}
