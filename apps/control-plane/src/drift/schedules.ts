import { messageOf } from "@berth/kit/errors";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { isTemplate } from "@berth/toml-schema/references/is-template";
import { nextTick } from "@berth/protocol/cron";
import type { Ctx } from "../context.ts";
import { loadTree } from "../installs/load-tree.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { createRenderer } from "../workflows/render-text.ts";

type Wanted = { target: string; cron: string; next: Date; held: string | null };

/** Stands for a time that never comes. */
export const never = new Date("9999-12-31T00:00:00Z");

/**
 * Brings an install's drift checks in step with the config it is pinned to. One whose cron is the same keeps its next time. A schedule that can't be read is kept
 * with the reason, and never comes: it must not stand in the way of what moves the install.
 */
export async function syncDriftSchedules(ctx: Ctx, installId: string): Promise<void> {
  const { config } = await findInstallConfig(ctx, installId);
  const wanted = await readSchedules(ctx, installId, config);
  await ctx.db
    .deleteFrom("drift_schedules")
    .where("install_id", "=", installId)
    .$if(wanted.length > 0, (query) =>
      query.where(
        "target",
        "not in",
        wanted.map(({ target }) => target),
      ),
    )
    .execute();
  if (wanted.length === 0) return;
  await ctx.db
    .insertInto("drift_schedules")
    .values(wanted.map(({ next, ...rest }) => ({ ...rest, install_id: installId, org_id: ctx.orgId, next_tick_at: next })))
    .onConflict((conflict) =>
      conflict
        .columns(["install_id", "target"])
        .doUpdateSet((eb) => ({
          cron: eb.ref("excluded.cron"),
          next_tick_at: eb.ref("excluded.next_tick_at"),
          held: eb.ref("excluded.held"),
        }))
        .whereRef("drift_schedules.cron", "!=", "excluded.cron"),
    )
    .execute();
}

/** Ends an install's scheduled drift checks. */
export async function removeDriftSchedules(ctx: Ctx, installId: string): Promise<void> {
  await ctx.db.deleteFrom("drift_schedules").where("install_id", "=", installId).execute();
}

async function readSchedules(ctx: Ctx, installId: string, config: AppConfig): Promise<Wanted[]> {
  const now = ctx.system.now();
  const entities = [
    { target: "sandbox", entity: config.sandbox },
    ...config.components.map((each) => ({ target: `component:${each.name}`, entity: each })),
  ];
  const given = entities.flatMap(({ target, entity: { driftSchedule: text, file } }) =>
    text === undefined ? [] : [{ target, text, where: `${target} (${file})` }],
  );
  // What is sensitive has no place in a schedule that everybody may read.
  const tree = given.some(({ text }) => isTemplate(text)) ? (await loadTree(ctx, { installId, config })).visible : {};
  return given.flatMap(({ target, text, where }): Wanted[] => {
    const render = createRenderer({ where, tree, now });
    const cron = render.text(text, "drift_schedule").trim();
    const failure = render.failure();
    if (failure) return [{ target, cron: text, next: never, held: failure.detail }];
    // Rendered to nothing, it is turned off.
    if (cron === "") return [];
    const next = timeOf(cron, now);
    return "problem" in next
      ? [{ target, cron, next: never, held: `drift_schedule of ${where}: ${next.problem}` }]
      : [{ target, cron, next: next.time, held: null }];
  });
}

function timeOf(cron: string, now: Date): { time: Date } | { problem: string } {
  try {
    const time = nextTick(cron, now);
    return time ? { time } : { problem: `"${cron}" never comes` };
  } catch (error) {
    return { problem: `"${cron}" is no cron expression of five fields: ${messageOf(error)}` };
  }
}
