import { closeSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { sha256 } from "@berth/kit/digest";
import { encodePlan } from "@berth/plan/encode";
import type { PlanHeader, PlanObject } from "@berth/plan/model";
import type { PlanSummary } from "@berth/protocol/job-result";
import { writeDurable } from "../durable.ts";
import type { PlanMeta } from "../job/journal.ts";
import type { JobContext } from "../handlers/handler.ts";

/** A plan's bytes in the journal: what an approval names, and an apply must find. */
export type LeftPlan = { digest: string; size: number };

/** Leaves a plan's bytes in the journal, from where the runner begins to deliver them at once. */
export async function leavePlanBytes(ctx: JobContext, bytes: Buffer): Promise<LeftPlan> {
  await writeDurable(ctx.journal.plan, bytes);
  return await announce(ctx, bytes);
}

/** The same for a plan that a tool has written into the journal itself. */
export async function leaveWrittenPlan(ctx: JobContext): Promise<LeftPlan> {
  const fd = openSync(ctx.journal.plan, "r");
  fsyncSync(fd);
  closeSync(fd);
  return await announce(ctx, readFileSync(ctx.journal.plan));
}

/**
 * Leaves what people are shown of a plan beside its bytes.
 * @returns the summary that goes into the job's result; `more` adds to it or overrides what is counted
 */
export async function leavePlanDisplay(
  ctx: JobContext,
  input: { plan: LeftPlan; header: PlanHeader; objects: readonly PlanObject[]; more?: Partial<Omit<PlanSummary, "digest" | "size">> },
): Promise<PlanSummary> {
  const { plan, header, objects } = input;
  const shown = await encodePlan({ header, objects });
  await writeDurable(ctx.journal.planDisplay, shown.gzip);
  await writeDurable(ctx.journal.planMeta, JSON.stringify({ digest: plan.digest, displayDigest: shown.digest } satisfies PlanMeta));
  const { outputs: _outputs, ...counts } = header.counts;
  const drifted = objects.filter(({ group, action }) => group === "drift" && action !== "none").length;
  const changed = objects.some(
    ({ group, action }) => (group === "objects" || group === "outputs") && action !== "none" && action !== "read",
  );
  return {
    ...plan,
    hasChanges: changed,
    ...counts,
    ...(drifted > 0 ? { drifted } : {}),
    outputsChanged: objects.filter(({ group, action }) => group === "outputs" && action !== "none").map(({ address }) => address),
    ...(header.warnings.length > 0 ? { warnings: header.warnings as NonNullable<PlanSummary["warnings"]> } : {}),
    ...input.more,
  };
}

async function announce(ctx: JobContext, bytes: Buffer): Promise<LeftPlan> {
  const digest = sha256(bytes);
  await writeDurable(ctx.journal.planMeta, JSON.stringify({ digest } satisfies PlanMeta));
  return { digest, size: bytes.length };
}
