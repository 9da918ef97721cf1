import type { Selectable } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";

export type RolloutRow = Selectable<Database["rollouts"]>;
export type RolloutInstallRow = Selectable<Database["rollout_installs"]> & { name: string };

/** A rollout of the org. @throws AppError `not_found` */
export async function findRollout(ctx: Ctx, rolloutId: string, lock?: "lock"): Promise<RolloutRow> {
  const row = await ctx.db
    .selectFrom("rollouts")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", rolloutId)
    .$if(lock !== undefined, (query) => query.forUpdate())
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no rollout ${rolloutId}`);
  return row;
}

/** The installs of a rollout, ring by ring, by name. */
export function listRolloutInstalls(ctx: Ctx, rolloutId: string): Promise<RolloutInstallRow[]> {
  return ctx.db
    .selectFrom("rollout_installs")
    .innerJoin("installs", "installs.id", "rollout_installs.install_id")
    .selectAll("rollout_installs")
    .select("installs.name")
    .where("rollout_installs.rollout_id", "=", rolloutId)
    .orderBy("rollout_installs.ring")
    .orderBy("installs.name")
    .execute();
}
