import type { OfflineLook } from "@berth/protocol/schedules";
import { transact, type Ctx } from "../context.ts";
import { takeInProbes } from "../health/take-in-probes.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { loadTree } from "../installs/load-tree.ts";
import { hideTexts } from "../workflows/render-text.ts";
import { notAfter } from "./not-after.ts";

/**
 * Takes in what the probes of an install saw while its runner had no link, each look with its own time. One that was taken in already, or is older than what is known, changes
 * nothing. What the runner could not know to be sensitive is hidden here.
 */
export async function takeInOfflineLooks(ctx: Ctx, input: { installId: string; looks: readonly OfflineLook[] }): Promise<void> {
  const { installId } = input;
  if (input.looks.length === 0) return;
  const { config } = await findInstallConfig(ctx, installId);
  const { redact } = await loadTree(ctx, { installId, config });
  for (const look of input.looks.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const at = notAfter(look.at, ctx.system.now());
    const reports = look.probes.map((report) => ({ ...report, why: hideTexts(report.why, redact) }));
    await transact(ctx, (tx) => takeInProbes(tx, { installId, at, reports, offline: true }));
  }
}
