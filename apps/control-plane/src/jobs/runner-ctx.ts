import type { Ctx, System } from "../context.ts";

/** A context for what a runner reports. */
export function runnerCtx(system: System, runner: { orgId: string; runnerId: string }): Ctx {
  return { system, db: system.db, orgId: runner.orgId, actor: `runner:${runner.runnerId}` };
}
