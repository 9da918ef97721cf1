/**
 * How long a job's lease runs from a heartbeat on, in ms. Shorter than the `leaseMs` that runners are told by the time the sweep may take to see it:
 * a loss is found within `leaseMs`.
 */
export function jobLeaseMs(runnerLeaseMs: number): number {
  return Math.floor(runnerLeaseMs * 0.9);
}

/** How often leases are looked at, in ms. */
export function sweepEveryMs(runnerLeaseMs: number): number {
  return Math.max(100, Math.min(1000, Math.floor(runnerLeaseMs * 0.05)));
}
