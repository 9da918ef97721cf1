import { latestConfig } from "../configs/queries.ts";
import type { Ctx } from "../context.ts";
import { getApp } from "./get.ts";

/** An action as the latest config describes it. */
export type AppActionView = {
  id: string;
  name: string;
  triggers: { type: string; cron?: string; component?: string }[];
  steps: string[];
  timeoutSeconds: number;
};

/** The actions of an app's latest config, by name. @throws AppError `not_found` */
export async function listAppActions({ ctx, input }: { ctx: Ctx; input: { appId: string } }): Promise<AppActionView[]> {
  const app = await getApp({ ctx, input });
  const config = await latestConfig(ctx, app.id);
  const rows = await ctx.db
    .selectFrom("actions")
    .select(["id", "name"])
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", app.id)
    .where("removed_at", "is", null)
    .orderBy("name")
    .execute();
  return rows.flatMap(({ id, name }) => {
    const action = config?.config.actions.find((one) => one.name === name);
    if (!action) return [];
    const triggers = action.triggers.map(({ type, cronSchedule, componentName }) => ({
      type,
      ...(cronSchedule === undefined ? {} : { cron: cronSchedule }),
      ...(componentName === undefined ? {} : { component: componentName }),
    }));
    return [{ id, name, triggers, steps: action.steps.map((step) => step.name), timeoutSeconds: action.timeoutSeconds }];
  });
}
