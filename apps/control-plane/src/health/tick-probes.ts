import { openJobStates } from "@berth/protocol/job-state";
import type { Probe } from "@berth/protocol/specs/health";
import { systemCtx, transact, type Ctx, type System } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { loadTree } from "../installs/load-tree.ts";
import { createJob } from "../jobs/create.ts";
import { createRenderer, type Renderer } from "../workflows/render-text.ts";
import { forgetProbeJob } from "./forget-probe-job.ts";
import { probedComponents } from "./probed-components.ts";
import { renderProbes } from "./render-probes.ts";
import { takeIn } from "./take-in.ts";

/** How often probes are made, in ms. */
export const probeEveryMs = 60_000;
/** How long what a probe says counts, in ms. */
export const probeCountsMs = 5 * 60_000;

/** Makes the probes of all installs whose time has come. */
export async function tickProbes(system: System): Promise<void> {
  const due = await system.db
    .selectFrom("probe_schedules")
    .select(["install_id", "org_id"])
    .where("next_tick_at", "<=", system.now())
    .orderBy("next_tick_at")
    .limit(500)
    .execute();
  for (const { install_id: installId, org_id: orgId } of due) {
    await transact(systemCtx(system, orgId), (ctx) => tick(ctx, installId)).catch((error: unknown) =>
      system.logger.error({ err: error, installId }, "the probes of an install can't be made"),
    );
  }
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
  const runnerId = await runnerThatCan(ctx, installId);
  if (runnerId === undefined || (await isOpen(ctx, due.job_id))) return;
  const { config } = await findInstallConfig(ctx, installId);
  const standing = await standingComponents(ctx, installId);
  const components = probedComponents(config).filter(({ name }) => standing.has(name));
  if (components.length === 0) return;
  const { tree, standIns, redact } = await loadTree(ctx, { installId, config });
  const derived: string[] = [];
  const probes: Probe[] = [];
  for (const component of components) {
    const where = `component "${component.name}" (${component.file})`;
    const renderers: Renderer[] = [];
    const made = renderProbes(component, () => {
      const renderer = createRenderer({ where, tree, now, sensitive: { standIns, texts: redact } });
      renderers.push(renderer);
      return renderer;
    });
    for (const renderer of renderers) derived.push(...renderer.derived());
    for (const each of made) {
      if ("probe" in each) probes.push(each.probe);
      else {
        const staleAt = new Date(now.getTime() + probeCountsMs);
        const said = { status: "unhealthy" as const, why: `it can't be made: ${each.why}`, at: now, staleAt };
        await takeIn(ctx, { installId, component: component.name, name: each.name, by: "probe", ...said });
      }
    }
  }
  if (probes.length === 0) return;
  const programs = probes.filter(({ type }) => type === "exec").length;
  const { jobId } = await createJob({
    ctx,
    input: {
      installId,
      runnerId,
      kind: "health.probe",
      spec: { kind: "health.probe", probes },
      redact: [...new Set([...redact, ...derived])],
      timeoutSeconds: 60 + 15 * programs,
    },
  });
  await ctx.db.updateTable("probe_schedules").set({ job_id: jobId }).where("install_id", "=", installId).execute();
  if (due.job_id !== null) await forgetProbeJob(ctx, { installId, jobId: due.job_id });
}

async function runnerThatCan(ctx: Ctx, installId: string): Promise<string | undefined> {
  const runners = await ctx.db
    .selectFrom("runners")
    .select(["id", "capabilities"])
    .where("install_id", "=", installId)
    .where("state", "=", "online")
    .execute();
  return runners.find(({ capabilities }) => capabilities?.kinds.includes("health.probe"))?.id;
}

async function isOpen(ctx: Ctx, jobId: string | null): Promise<boolean> {
  if (jobId === null) return false;
  return (
    (await ctx.db.selectFrom("jobs").select("id").where("id", "=", jobId).where("state", "in", openJobStates).executeTakeFirst()) !==
    undefined
  );
}

/** Components that were deployed, in whatever state that has left them. */
async function standingComponents(ctx: Ctx, installId: string): Promise<Set<string>> {
  const rows = await ctx.db
    .selectFrom("install_targets")
    .select("target")
    .where("install_id", "=", installId)
    .where("state", "in", ["active", "error"])
    .execute();
  return new Set(rows.map(({ target }) => target.replace("component:", "")));
}
