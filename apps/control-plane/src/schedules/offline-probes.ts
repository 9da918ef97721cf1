import type { ScheduledProbes } from "@berth/protocol/schedules";
import type { Ctx } from "../context.ts";
import { loadProbes, probesTimeout } from "../health/load-probes.ts";
import { probingRunners } from "../health/probing-runners.ts";
import { findInstallConfig } from "../installs/queries.ts";

/** The probes of an install that a runner of it goes on with: those in which nothing is made of sensitive values. */
export async function offlineProbes(
  ctx: Ctx,
  { runnerId, installId }: { runnerId: string; installId: string },
): Promise<ScheduledProbes | undefined> {
  const due = await ctx.db.selectFrom("probe_schedules").select("install_id").where("install_id", "=", installId).executeTakeFirst();
  if (!due) return undefined;
  const runner = (await probingRunners(ctx, installId)).find(({ id }) => id === runnerId);
  if (!runner) return undefined;
  const { config } = await findInstallConfig(ctx, installId);
  const { open: probes } = await loadProbes(ctx, { installId, config, types: runner.types });
  if (probes.length === 0) return undefined;
  return { cron: "* * * * *", spec: { kind: "health.probe", probes }, timeoutSeconds: probesTimeout(probes) };
}
