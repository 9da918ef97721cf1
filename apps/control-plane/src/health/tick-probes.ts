import { openJobStates } from "@berth/protocol/job-state";
import { systemCtx, transact, type Ctx, type System } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { createJob } from "../jobs/create.ts";
import { forgetProbeJob } from "./forget-probe-job.ts";
import { loadProbes, probesTimeout } from "./load-probes.ts";
import { probedComponents } from "./probed-components.ts";
import { probingRunners } from "./probing-runners.ts";
import { removeProbes } from "./sync-probes.ts";
import { takeIn } from "./take-in.ts";

/** How often probes are made, in ms. */
export const probeEveryMs = 60_000;
/** How long what a probe says counts, in ms. */
export const probeCountsMs = 5 * 60_000;
/** So many installs at a time: one takes some ten milliseconds of questions to the database, and there may be thousands. */
const together = 4;

/** Makes the probes of all installs whose time has come. */
export async function tickProbes(system: System): Promise<void> {
  const due = await system.db
    .selectFrom("probe_schedules")
    .select(["install_id", "org_id"])
    .where("next_tick_at", "<=", system.now())
    .orderBy("next_tick_at")
    .limit(500)
    .execute();
  const rest = due.values();
  const some = async (): Promise<void> => {
    for (const { install_id: installId, org_id: orgId } of rest) {
      await transact(systemCtx(system, orgId), (ctx) => tick(ctx, installId)).catch((error: unknown) =>
        system.logger.error({ err: error, installId }, "the probes of an install can't be made"),
      );
    }
  };
  await Promise.all(Array.from({ length: together }, some));
}

/** The row decides: of two replicas one finds it due. While the last job has not ended, or no runner is there that can do it, the time is let go. */
async function tick(ctx: Ctx, installId: string): Promise<void> {
  const now = ctx.system.now();
  const due = await ctx.db
    .updateTable("probe_schedules")
    .set({ next_tick_at: new Date(now.getTime() + probeEveryMs) })
    .where("install_id", "=", installId)
    .where("next_tick_at", "<=", now)
    .returning("job_id")
    .executeTakeFirst();
  if (!due) return;
  const runner = (await probingRunners(ctx, installId)).find(({ online }) => online);
  if (!runner || (await isOpen(ctx, due.job_id))) return;
  const { config } = await findInstallConfig(ctx, installId);
  if (probedComponents(config).length === 0) return await removeProbes(ctx, installId);
  const { probes, unmade, redact } = await loadProbes(ctx, { installId, config, types: runner.types });
  const staleAt = new Date(now.getTime() + probeCountsMs);
  for (const each of unmade) await takeIn(ctx, { installId, ...each, by: "probe", at: now, staleAt });
  if (probes.length === 0) return;
  const { jobId } = await createJob({
    ctx,
    input: {
      installId,
      runnerId: runner.id,
      kind: "health.probe",
      spec: { kind: "health.probe", probes },
      redact,
      timeoutSeconds: probesTimeout(probes),
    },
  });
  await ctx.db.updateTable("probe_schedules").set({ job_id: jobId }).where("install_id", "=", installId).execute();
  if (due.job_id !== null) await forgetProbeJob(ctx, { installId, jobId: due.job_id });
}

async function isOpen(ctx: Ctx, jobId: string | null): Promise<boolean> {
  if (jobId === null) return false;
  return (
    (await ctx.db.selectFrom("jobs").select("id").where("id", "=", jobId).where("state", "in", openJobStates).executeTakeFirst()) !==
    undefined
  );
}
