import { deflateRawSync } from "node:zlib";
import { newId } from "@berth/kit/ids";
import type { OfflineLook, OfflineRun } from "@berth/protocol/schedules";
import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { onCheckEnded } from "../health/on-run-ended.ts";
import { takeInProbes } from "../health/take-in-probes.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { loadTree } from "../installs/load-tree.ts";
import { sealValues } from "../installs/sealed.ts";
import { sealedPart, splitOutputs } from "../jobs/open-outputs.ts";
import { hideTexts } from "../workflows/render-text.ts";

const states = { succeeded: "succeeded", failed: "failed", timed_out: "failed", cancelled: "cancelled" } as const;

/**
 * Takes in what an install's runner has run and seen while it had no link, oldest first and with its own times. A run that is stored already changes nothing, nor does a look that is not
 * newer than what is known. What the runner could not know to be sensitive is hidden here. @returns nothing: whatever comes is settled for good
 */
export async function takeInReports(
  ctx: Ctx,
  input: { installId: string; runs: readonly OfflineRun[]; looks?: readonly OfflineLook[] | undefined },
): Promise<void> {
  const { installId } = input;
  const { config } = await findInstallConfig(ctx, installId);
  const { redact } = await loadTree(ctx, { installId, config });
  const reports = [
    ...input.runs.map((run) => ({ time: run.result.finishedAt, store: (tx: Ctx) => takeIn(tx, { installId, run, redact }) })),
    ...(input.looks ?? []).map((look) => ({ time: look.at, store: (tx: Ctx) => takeInLook(tx, { installId, look, redact }) })),
  ];
  for (const { store } of reports.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time))) await transact(ctx, store);
}

async function takeInLook(ctx: Ctx, input: { installId: string; look: OfflineLook; redact: readonly string[] }): Promise<void> {
  const { installId, look, redact } = input;
  const reports = look.probes.map((report) => ({ ...report, why: hideTexts(report.why, redact) }));
  await takeInProbes(ctx, { installId, at: notAfter(look.at, ctx.system.now()), reports, offline: true });
}

async function takeIn(
  ctx: Ctx,
  { installId, run, redact }: { installId: string; run: OfflineRun; redact: readonly string[] },
): Promise<void> {
  const { result } = run;
  const id = newId("actionRun");
  const streamId = newId("logStream");
  const state = states[result.outcome];
  // A script does not tell which of its outputs are sensitive: those that hold a text that is are.
  const split = splitOutputs(result, ({ sensitive, value }) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return !sensitive && hideTexts(text, redact) === text;
  });
  const failure = result.failure && { ...result.failure, detail: hideTexts(result.failure.detail, redact) };
  const finishedAt = notAfter(result.finishedAt, ctx.system.now());
  const stored = await ctx.db
    .insertInto("action_runs")
    .values({
      id,
      org_id: ctx.orgId,
      install_id: installId,
      action: run.action,
      trigger: "cron",
      state,
      outputs: toJsonb(split.plain),
      sensitive_enc: sealValues(ctx.system.vault, "run", id, sealedPart(split) ?? {}),
      failure: failure ? toJsonb(failure) : null,
      created_at: notAfter(run.dueAt, finishedAt),
      started_at: notAfter(result.startedAt, finishedAt),
      finished_at: finishedAt,
      offline_id: run.id,
      offline_log_stream_id: streamId,
    })
    .onConflict((conflict) => conflict.columns(["install_id", "offline_id"]).where("offline_id", "is not", null).doNothing())
    .returning("id")
    .executeTakeFirst();
  if (!stored) return;
  await storeLog(ctx, { streamId, runId: id, log: hideTexts(run.log, redact) });
  await recordEvent(ctx, {
    subjectKind: "install",
    subjectId: installId,
    event: "run_reported_late",
    installId,
    data: { runId: id, action: run.action, state, finishedAt: finishedAt.toISOString() },
  });
  if (state !== "cancelled")
    await onCheckEnded(ctx, { installId, action: run.action, state, why: failure?.detail, at: finishedAt, offline: true });
}

async function storeLog(ctx: Ctx, input: { streamId: string; runId: string; log: string }): Promise<void> {
  const raw = Buffer.from(input.log);
  const now = ctx.system.now();
  await ctx.db
    .insertInto("log_streams")
    .values({
      id: input.streamId,
      org_id: ctx.orgId,
      owner_kind: "action_run",
      owner_id: input.runId,
      next_offset: raw.length,
      closed_at: now,
    })
    .execute();
  if (raw.length === 0) return;
  await ctx.db
    .insertInto("log_chunks")
    .values({ stream_id: input.streamId, start_offset: 0, length: raw.length, deflated: true, data: deflateRawSync(raw), stored_at: now })
    .execute();
}

/** A runner's clock may be wrong: nothing it reports is later than when it was reported. */
function notAfter(time: string, limit: Date): Date {
  const date = new Date(time);
  return date > limit ? limit : date;
}
