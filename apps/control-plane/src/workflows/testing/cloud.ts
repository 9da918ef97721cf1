import type { PlanSummary } from "@berth/protocol/job-result";

/** The customer's account: what was really done to it. Refuses nothing that a real one would let happen twice; it keeps count. */
export class Cloud {
  readonly serials = new Map<string, number>();
  /** How often each plan was applied, by digest. */
  readonly applied = new Map<string, number>();
  /** How often each job that must not be repeated was executed. */
  readonly executed = new Map<string, number>();
  /** Images that are in the install's registry: copied any number of times, they are there once. */
  readonly copied = new Set<string>();
  readonly applying = new Map<string, string>();
  readonly plans = new Map<string, { target: string; serial: number }>();
  #counter = 0;

  plan(target: string, hasChanges: boolean): PlanSummary {
    const serial = this.serials.get(target) ?? 0;
    const digest = `sha256:${(++this.#counter).toString(16).padStart(64, "0")}`;
    this.plans.set(digest, { target, serial });
    return {
      digest,
      size: 1,
      hasChanges,
      create: hasChanges ? 1 : 0,
      update: 0,
      replace: 0,
      delete: 0,
      outputsChanged: [],
      stateSerial: serial,
    };
  }

  /** As Terraform does: a plan of an older state is refused before anything is changed, and the state is locked meanwhile. */
  begin(target: string, digest: string, jobKey: string): "begun" | "plan_stale" | "state_locked" {
    if (this.applying.has(target)) return "state_locked";
    if (this.plans.get(digest)?.serial !== (this.serials.get(target) ?? 0)) return "plan_stale";
    this.applying.set(target, jobKey);
    return "begun";
  }

  commit(target: string, digest: string): void {
    this.applying.delete(target);
    this.serials.set(target, (this.serials.get(target) ?? 0) + 1);
    this.applied.set(digest, (this.applied.get(digest) ?? 0) + 1);
  }
}
