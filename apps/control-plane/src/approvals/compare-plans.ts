import type { PlanSummary } from "@berth/protocol/job-result";

const counts = ["create", "update", "replace", "delete"] as const;

/** What a newer plan would do otherwise than the one somebody looked at, one sentence per difference. Pure. */
export function comparePlans(old: PlanSummary | undefined, current: PlanSummary | undefined): string[] {
  if (!current) return ["There is no current plan: it is being made again"];
  if (!old) return ["The plan with that digest is not one of this step's"];
  const changes: string[] = counts
    .filter((count) => old[count] !== current[count])
    .map((count) => `${count}: ${old[count]} before, ${current[count]} now`);
  const before = new Set(old.outputsChanged);
  const now = new Set(current.outputsChanged);
  const more = [...now].filter((name) => !before.has(name));
  const less = [...before].filter((name) => !now.has(name));
  if (more.length > 0) changes.push(`changes these outputs too: ${more.join(", ")}`);
  if (less.length > 0) changes.push(`no longer changes these outputs: ${less.join(", ")}`);
  if (old.stateSerial !== current.stateSerial) {
    changes.push(`made from state serial ${current.stateSerial ?? "none"}; the earlier one from ${old.stateSerial ?? "none"}`);
  }
  return changes.length > 0 ? changes : ["The same numbers of changes, with other contents"];
}
