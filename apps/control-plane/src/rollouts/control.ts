import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { cancelWorkflow } from "../workflows/cancel.ts";
import { advanceRollout, markInstall, moveRollout, startInstall } from "./advance.ts";
import { findRollout, listRolloutInstalls, type RolloutInstallRow, type RolloutRow } from "./queries.ts";

type Args<More = object> = { ctx: Ctx; input: { rolloutId: string; why: string } & More };

function change(args: Args, work: (ctx: Ctx, rollout: RolloutRow, installs: RolloutInstallRow[]) => Promise<void>): Promise<void> {
  const { rolloutId } = args.input;
  return transact(args.ctx, async (ctx) => {
    const rollout = await findRollout(ctx, rolloutId, "lock");
    if (rollout.state === "halted")
      throw new AppError("state_conflict", `Rollout ${rolloutId} was halted. Make a new one for what is left.`);
    await work(ctx, rollout, await listRolloutInstalls(ctx, rolloutId));
    await advanceRollout({ ctx, rolloutId });
  });
}

/** Starts no more installs. @throws AppError `state_conflict` where it is over */
export function pauseRollout(args: Args): Promise<void> {
  return change(args, async (ctx, rollout) => {
    if (rollout.state === "succeeded") throw new AppError("state_conflict", "The rollout is done; there is nothing to pause");
    await moveRollout(ctx, rollout, "paused", args.input.why || "Paused by a person");
  });
}

/** Goes on. Failures of a ring that are over its limit have to be retried or skipped first. @throws AppError `state_conflict` */
export function resumeRollout(args: Args): Promise<void> {
  return change(args, async (ctx, rollout, installs) => {
    for (const [index, ring] of rollout.rings.entries()) {
      const failed = installs.filter((row) => row.ring === index && row.state === "failed");
      if (failed.length > ring.maxFailures) {
        const names = failed.map(({ name }) => name).join(", ");
        throw new AppError(
          "state_conflict",
          `Ring "${ring.name}" allows ${ring.maxFailures} failed installs, and ${failed.length} have: ${names}. Retry or skip some of them, or roll the ring back.`,
        );
      }
    }
    await moveRollout(ctx, rollout, "running", args.input.why || undefined);
  });
}

/** Ends the rollout: nothing more starts, and workflows of it that only wait are cancelled; what runs comes to its end. */
export async function haltRollout(args: Args): Promise<void> {
  await change(args, (ctx, rollout) => moveRollout(ctx, rollout, "halted", args.input.why || "Halted by a person"));
  const { ctx } = args;
  const waiting = await ctx.db
    .selectFrom("rollout_installs")
    .innerJoin("workflows", "workflows.id", "rollout_installs.workflow_id")
    .select("workflows.id")
    .where("rollout_installs.rollout_id", "=", args.input.rolloutId)
    .where("rollout_installs.org_id", "=", ctx.orgId)
    .where("workflows.state", "in", ["queued", "awaiting_approval"])
    .execute();
  for (const { id } of waiting)
    await cancelWorkflow({ ctx, input: { workflowId: id, reason: `Rollout ${args.input.rolloutId} was halted` } });
  await advanceRollout({ ctx, rolloutId: args.input.rolloutId });
}

/** Lets a ring begin that waits for a person. `ring` counts from 1. @throws AppError `not_found` */
export function approveRing(args: Args<{ ring: number }>): Promise<void> {
  return change(args, async (ctx, rollout) => {
    const index = indexOf(rollout, args.input.ring);
    const approved = [...new Set([...rollout.approved_rings, index])].toSorted((a, b) => a - b);
    await ctx.db.updateTable("rollouts").set({ approved_rings: approved }).where("id", "=", rollout.id).execute();
    rollout.approved_rings = approved;
    await recordEvent(ctx, {
      subjectKind: "rollout",
      subjectId: rollout.id,
      event: "ring_approved",
      data: { ring: args.input.ring, ...(ctx.from === undefined ? {} : { from: ctx.from }), why: args.input.why },
    });
  });
}

/** Pauses, and brings the ring's installs back to the app config they had before. `ring` counts from 1. @throws AppError `not_found` */
export function rollBackRing(args: Args<{ ring: number }>): Promise<void> {
  return change(args, async (ctx, rollout, installs) => {
    const index = indexOf(rollout, args.input.ring);
    await moveRollout(ctx, rollout, "paused", args.input.why || `Ring ${args.input.ring} is rolled back`);
    for (const row of installs.filter((each) => each.ring === index && each.previous_config_id !== null)) {
      if (row.state === "running" && row.workflow_id !== null) {
        // It must not go on to what is taken back.
        await cancelWorkflow({ ctx, input: { workflowId: row.workflow_id, reason: "The ring is rolled back" } }).catch(ignoreEnded);
      }
      if (row.state === "succeeded" || row.state === "failed" || row.state === "running")
        await startInstall(ctx, rollout, row.install_id, row.previous_config_id ?? "", "rolling_back");
    }
  });
}

/** Goes on without an install. @throws AppError `not_found`; `state_conflict` where it is done */
export function skipInstall(args: Args<{ installId: string }>): Promise<void> {
  return change(args, async (ctx, rollout, installs) => {
    const row = installOf(installs, args.input.installId);
    if (row.state === "succeeded" || row.state === "rolled_back")
      throw new AppError("state_conflict", `Install ${row.name} is ${row.state.replace("_", " ")}; there is nothing to skip`);
    await markInstall(ctx, rollout.id, row.install_id, {
      state: "skipped",
      note: args.input.why || "Skipped by a person",
      finished_at: ctx.system.now(),
    });
  });
}

/** Starts an install again that failed or was skipped: it waits for its turn as at first. @throws AppError `not_found`; `state_conflict` */
export function retryInstall(args: Args<{ installId: string }>): Promise<void> {
  return change(args, async (ctx, rollout, installs) => {
    const row = installOf(installs, args.input.installId);
    if (row.state !== "failed" && row.state !== "skipped" && row.state !== "rolled_back")
      throw new AppError(
        "state_conflict",
        `Install ${row.name} is ${row.state}; only one that failed, was skipped or rolled back can be tried again`,
      );
    await markInstall(ctx, rollout.id, row.install_id, {
      state: "pending",
      note: null,
      workflow_id: null,
      started_at: null,
      finished_at: null,
    });
  });
}

function indexOf(rollout: RolloutRow, ring: number): number {
  if (ring > rollout.rings.length)
    throw new AppError("not_found", `Rollout ${rollout.id} has ${rollout.rings.length} rings, and no ring ${ring}`);
  return ring - 1;
}

function installOf(installs: readonly RolloutInstallRow[], idOrName: string): RolloutInstallRow {
  const row = installs.find(({ install_id: id, name }) => id === idOrName || name === idOrName);
  if (!row) throw new AppError("not_found", `The rollout has no install ${idOrName}`);
  return row;
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== "state_conflict") throw error;
}
