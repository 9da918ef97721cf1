import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { getApp } from "../apps/get.ts";
import { findConfig } from "../configs/queries.ts";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { advanceRollout } from "./advance.ts";
import { assignRings, type Candidate, type Ring } from "./assign-rings.ts";

export type CreateRolloutInput = { appId: string; appConfig: string; rings: Ring[]; approveAll: boolean };

/** Installs of an app ring by ring, as a rollout would take them. @throws AppError `not_found`, `unprocessable` where a ring names an install that is not there */
export async function previewRollout({ ctx, input }: { ctx: Ctx; input: CreateRolloutInput }) {
  const app = await getApp({ ctx, input });
  const config = await findConfig(ctx, { appId: app.id, version: input.appConfig });
  const installs = await ctx.db
    .selectFrom("installs")
    .select(["id", "name", "labels"])
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", app.id)
    .where("forgotten_at", "is", null)
    // What was never provisioned, or is gone, has nothing to upgrade.
    .where("state", "in", ["active", "error", "provisioning"])
    .execute();
  const { rings, left, unknown } = assignRings(installs, input.rings);
  if (unknown.length > 0)
    throw new AppError("unprocessable", `No provisioned install of app ${app.name} is named ${unknown.join(", ")}`, { unknown });
  return { app, config, rings, left };
}

/** Makes a rollout and starts its first ring. @throws AppError as {@link previewRollout}; `unprocessable` where no ring has an install */
export async function createRollout({ ctx: outer, input }: { ctx: Ctx; input: CreateRolloutInput }): Promise<string> {
  const { app, config, rings } = await previewRollout({ ctx: outer, input });
  if (rings.every((members) => members.length === 0))
    throw new AppError("unprocessable", "No ring has an install: there is nothing to roll out to");
  return transact(outer, async (ctx) => {
    const id = newId("rollout");
    await ctx.db
      .insertInto("rollouts")
      .values({
        id,
        org_id: ctx.orgId,
        app_id: app.id,
        app_config_id: config.id,
        state: "running",
        rings: JSON.stringify(input.rings),
        approve_all: input.approveAll,
        created_by: ctx.actor,
        created_at: ctx.system.now(),
      })
      .execute();
    const rows = rings.flatMap((members: Candidate[], ring) =>
      members.map((install) => ({ rollout_id: id, install_id: install.id, org_id: ctx.orgId, ring, state: "pending" as const })),
    );
    await ctx.db.insertInto("rollout_installs").values(rows).execute();
    await recordEvent(ctx, {
      subjectKind: "rollout",
      subjectId: id,
      event: "created",
      data: { appConfigId: config.id, version: config.version, installs: rows.length },
    });
    await advanceRollout({ ctx, rolloutId: id });
    return id;
  });
}
