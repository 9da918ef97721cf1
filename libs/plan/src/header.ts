import type { PlanAction, PlanCounts, PlanHeader, PlanObject } from "./model.ts";
import { planWarnings } from "./warnings.ts";

/** Counts, summary and warnings of a plan's objects. A replacement counts once, as itself; hooks and drift do not count. */
export function planHeader(input: { kind: PlanHeader["kind"]; objects: readonly PlanObject[]; notes?: readonly string[] }): PlanHeader {
  const counts: PlanCounts = { create: 0, update: 0, replace: 0, delete: 0, outputs: 0 };
  for (const { group, action } of input.objects) {
    if (group === "outputs" && action !== "none") counts.outputs++;
    else if (group === "objects" && isCounted(action)) counts[action]++;
  }
  return {
    version: 1,
    kind: input.kind,
    summary: summaryLine(counts),
    counts,
    warnings: planWarnings(input.objects),
    notes: (input.notes ?? []).slice(0, 100).map((note) => note.slice(0, 1024)),
  };
}

/** The counts in one sentence. */
export function summaryLine(counts: PlanCounts): string {
  const parts = [
    ...(counts.create > 0 ? [`${counts.create} to create`] : []),
    ...(counts.update > 0 ? [`${counts.update} to change`] : []),
    ...(counts.replace > 0 ? [`${counts.replace} to replace`] : []),
    ...(counts.delete > 0 ? [`${counts.delete} to destroy`] : []),
    ...(counts.outputs > 0 ? [`${counts.outputs} output${counts.outputs === 1 ? "" : "s"} to change`] : []),
  ];
  return parts.length > 0 ? `Plan: ${parts.join(", ")}.` : "No changes: what stands is what is wanted.";
}

function isCounted(action: PlanAction): action is "create" | "update" | "replace" | "delete" {
  return action === "create" || action === "update" || action === "replace" || action === "delete";
}
