import { isDeepStrictEqual } from "node:util";
import type { Ctx } from "../context.ts";
import { newestOverrides, openOverrides, type OverridesRow } from "./read.ts";

/** Whether what is set now is something else than in the version that a plan was made with; null where none was set then. */
export async function overridesChanged(ctx: Ctx, input: { now: OverridesRow | undefined; made: number | null }): Promise<boolean> {
  const { now, made } = input;
  if (!now || now.version === made) return false;
  const before =
    made === null
      ? undefined
      : await ctx.db
          .selectFrom("component_overrides")
          .selectAll()
          .where("install_id", "=", now.install_id)
          .where("component", "=", now.component)
          .where("version", "=", made)
          .executeTakeFirst();
  return !isDeepStrictEqual(openOverrides(ctx, before), openOverrides(ctx, now));
}

/** Names of components that stand as something else than their overrides now say. */
export async function overriddenSince(ctx: Ctx, installId: string): Promise<Set<string>> {
  const newest = await newestOverrides(ctx, { installId });
  if (newest.length === 0) return new Set();
  const standing = await ctx.db
    .selectFrom("install_targets")
    .leftJoin("jobs", "jobs.id", "install_targets.plan_job_id")
    .select(["install_targets.target", "jobs.overrides_version"])
    .where("install_targets.install_id", "=", installId)
    .where("install_targets.state", "!=", "inactive")
    .execute();
  const changed = new Set<string>();
  for (const now of newest) {
    const target = standing.find((each) => each.target === `component:${now.component}`);
    if (target && (await overridesChanged(ctx, { now, made: target.overrides_version }))) changed.add(now.component);
  }
  return changed;
}
