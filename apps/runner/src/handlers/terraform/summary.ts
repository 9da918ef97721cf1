import type { PlanSummary } from "@berth/protocol/job-result";

/** What of `terraform show -json <plan>` is read here. */
export type PlanJson = {
  resource_changes?: {
    address?: string;
    previous_address?: string;
    mode?: string;
    change?: { actions?: string[]; importing?: unknown };
  }[];
  output_changes?: Record<string, { actions?: string[] }>;
};

/**
 * Counts what a plan would do. A replace is a change of its own, so is a changed output, a move, an import and a forgotten resource; reading a data source
 * is none.
 */
export function summarizePlan(
  plan: PlanJson,
  about: { digest: string; size: number; stateSerial?: number | undefined; stateLineage?: string | undefined },
): PlanSummary {
  const counts = { create: 0, update: 0, replace: 0, delete: 0 };
  let others = 0;
  for (const resource of plan.resource_changes ?? []) {
    const actions = resource.change?.actions ?? [];
    if (actions.includes("create") && actions.length > 1) counts.replace++;
    else if (actions[0] === "create") counts.create++;
    else if (actions[0] === "update") counts.update++;
    else if (actions[0] === "delete") counts.delete++;
    else if (actions[0] === "forget") others++;
    else if (resource.change?.importing !== undefined || isMoved(resource)) others++;
  }
  const outputsChanged = Object.entries(plan.output_changes ?? {})
    .filter(([, change]) => (change.actions ?? []).some((action) => action !== "no-op"))
    .map(([name]) => name)
    .sort();
  return {
    digest: about.digest,
    size: about.size,
    hasChanges: counts.create + counts.update + counts.replace + counts.delete + others + outputsChanged.length > 0,
    ...counts,
    outputsChanged,
    ...(about.stateSerial === undefined ? {} : { stateSerial: about.stateSerial }),
    ...(about.stateLineage === undefined ? {} : { stateLineage: about.stateLineage }),
  };
}

function isMoved(resource: { address?: string; previous_address?: string }): boolean {
  return resource.previous_address !== undefined && resource.previous_address !== resource.address;
}
