import { AppError } from "@berth/kit/errors";
import { installHealth } from "../health/get-install.ts";
import { systemCtx, transact, type Ctx, type System } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { startWorkflow } from "../workflows/start.ts";
import { decideRollout, type RolloutEffect, type RolloutFacts, type RolloutInstall } from "./decide.ts";
import { findRollout, listRolloutInstalls, type RolloutInstallRow, type RolloutRow } from "./queries.ts";

/** Moves a rollout as far as it goes now. Safe to call at any time from any replica: its row is the lock. */
export function advanceRollout({ ctx: outer, rolloutId }: { ctx: Ctx; rolloutId: string }): Promise<void> {
  return transact(outer, async (ctx) => {
    const rollout = await findRollout(ctx, rolloutId, "lock");
    const rows = await listRolloutInstalls(ctx, rolloutId);
    for (const effect of decideRollout(await loadRolloutFacts(ctx, rollout, rows))) await perform(ctx, rollout, effect);
  });
}

/** Moves every rollout that is under way. */
export async function advanceRollouts(system: System): Promise<void> {
  const rows = await system.db
    .selectFrom("rollouts")
    .select(["id", "org_id"])
    .where((eb) =>
      eb.or([
        eb("state", "=", "running"),
        // What was under way when it was paused or halted still ends.
        eb.exists(
          eb
            .selectFrom("rollout_installs")
            .select("install_id")
            .whereRef("rollout_id", "=", "rollouts.id")
            .where("rollout_installs.state", "in", ["running", "rolling_back"]),
        ),
      ]),
    )
    .execute();
  for (const { id, org_id: orgId } of rows) await advanceRollout({ ctx: systemCtx(system, orgId), rolloutId: id });
}

/** What a decision about a rollout looks at. */
export async function loadRolloutFacts(ctx: Ctx, rollout: RolloutRow, rows: readonly RolloutInstallRow[]): Promise<RolloutFacts> {
  const ids = rows.flatMap(({ workflow_id: id }) => (id === null ? [] : [id]));
  const workflows = new Map(
    (ids.length === 0 ? [] : await ctx.db.selectFrom("workflows").select(["id", "state", "failure"]).where("id", "in", ids).execute()).map(
      (row) => [row.id, row],
    ),
  );
  const watched = new Set(rollout.rings.flatMap((ring, index) => (ring.healthySeconds > 0 ? [index - 1] : [])));
  const installs: RolloutInstall[] = [];
  for (const row of rows) {
    const workflow = workflows.get(row.workflow_id ?? "");
    const health =
      watched.has(row.ring) && row.state === "succeeded" ? await installHealth({ ctx, input: { installId: row.install_id } }) : undefined;
    installs.push({
      id: row.install_id,
      ring: row.ring,
      state: row.state,
      health: health?.health ?? "unknown",
      ...(health ? { healthWhy: health.why } : {}),
      ...(row.started_at ? { startedAt: row.started_at.toISOString() } : {}),
      ...(row.finished_at ? { finishedAt: row.finished_at.toISOString() } : {}),
      ...(workflow
        ? {
            workflow: {
              id: workflow.id,
              state: workflow.state,
              ...(workflow.failure ? { why: workflow.failure.detail.slice(0, 500) } : {}),
            },
          }
        : {}),
    });
  }
  return {
    now: ctx.system.now().toISOString(),
    state: rollout.state,
    rings: rollout.rings,
    approvedRings: rollout.approved_rings,
    installs,
  };
}

async function perform(ctx: Ctx, rollout: RolloutRow, effect: RolloutEffect): Promise<void> {
  switch (effect.do) {
    case "move":
      return moveRollout(ctx, rollout, effect.state, effect.why);
    case "mark_install":
      return markInstall(ctx, rollout.id, effect.installId, {
        state: effect.state,
        note: effect.note ?? null,
        finished_at: ctx.system.now(),
      });
    case "start_install":
      return startInstall(ctx, rollout, effect.installId, rollout.app_config_id, "running");
  }
}

/** Moves a rollout, with an event. */
export async function moveRollout(ctx: Ctx, rollout: RolloutRow, state: RolloutRow["state"], why?: string): Promise<void> {
  const ended = state === "succeeded" || state === "halted";
  await ctx.db
    .updateTable("rollouts")
    .set({ state, why: why ?? null, ...(ended ? { finished_at: ctx.system.now() } : {}) })
    .where("id", "=", rollout.id)
    .execute();
  rollout.state = state;
  await recordEvent(ctx, { subjectKind: "rollout", subjectId: rollout.id, event: state, data: why === undefined ? {} : { why } });
}

type InstallChange = Partial<
  Pick<RolloutInstallRow, "state" | "note" | "workflow_id" | "previous_config_id" | "started_at" | "finished_at">
>;

/** Changes what a rollout knows of an install. */
export async function markInstall(ctx: Ctx, rolloutId: string, installId: string, change: InstallChange): Promise<void> {
  await ctx.db
    .updateTable("rollout_installs")
    .set(change)
    .where("rollout_id", "=", rolloutId)
    .where("install_id", "=", installId)
    .execute();
}

/** Brings an install to an app config. One that can't be is marked as failed, with the reason: the others go on as their ring allows. */
export async function startInstall(
  ctx: Ctx,
  rollout: RolloutRow,
  installId: string,
  appConfig: string,
  state: "running" | "rolling_back",
): Promise<void> {
  const now = ctx.system.now();
  const install = await ctx.db.selectFrom("installs").select(["app_config_id"]).where("id", "=", installId).executeTakeFirstOrThrow();
  try {
    const { workflowId } = await startWorkflow({
      ctx,
      input: { installId, operation: { type: "upgrade", sandbox: false, components: [] }, appConfig, approveAll: rollout.approve_all },
    });
    await markInstall(ctx, rollout.id, installId, {
      state,
      workflow_id: workflowId,
      note: null,
      started_at: now,
      finished_at: null,
      ...(state === "running" ? { previous_config_id: install.app_config_id } : {}),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await markInstall(ctx, rollout.id, installId, { state: "failed", note: error.message, started_at: now, finished_at: now });
  }
}
