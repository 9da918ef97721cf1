import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import type { InstallRow } from "../installs/queries.ts";
import type { Operation } from "./generate.ts";

/** The app config that an install was pinned to before the one it is pinned to now. @throws AppError `state_conflict` where there was none */
export async function previousConfig(ctx: Ctx, install: InstallRow): Promise<string> {
  const row = await ctx.db
    .selectFrom("events")
    .select("data")
    .where("org_id", "=", ctx.orgId)
    .where("subject_kind", "=", "install")
    .where("subject_id", "=", install.id)
    .where("event", "=", "config_pinned")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  const from = row?.data["from"];
  if (typeof from !== "string")
    throw new AppError(
      "state_conflict",
      `Install "${install.name}" has run no other app config before the one it runs now; name a version instead`,
    );
  return from;
}

/**
 * A deploy with its builds looked up: `previous` becomes what was deployed before what stands.
 * @throws AppError `not_found` for a build that is not of that component; `state_conflict` for one that did not succeed, or where there is none before
 */
export async function withChosenBuilds(ctx: Ctx, install: InstallRow, operation: Operation): Promise<Operation> {
  if (operation.type !== "deploy" || operation.builds === undefined || Object.keys(operation.builds).length === 0) return operation;
  const builds: Record<string, string> = {};
  for (const [component, wanted] of Object.entries(operation.builds)) {
    builds[component] =
      wanted === "previous" ? await previousBuild(ctx, install, component) : await checkBuild(ctx, install, component, wanted);
  }
  return { ...operation, builds };
}

async function checkBuild(ctx: Ctx, install: InstallRow, component: string, buildId: string): Promise<string> {
  const row = await ctx.db
    .selectFrom("builds")
    .select(["id", "state"])
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", install.app_id)
    .where("target", "=", `component:${component}`)
    .where("id", "=", buildId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `Component "${component}" has no build ${buildId}`);
  if (row.state !== "succeeded")
    throw new AppError(
      "state_conflict",
      `Build ${buildId} of component "${component}" is ${row.state}; only one that succeeded can be deployed`,
    );
  return row.id;
}

async function previousBuild(ctx: Ctx, install: InstallRow, component: string): Promise<string> {
  const target = `component:${component}`;
  const standing = await ctx.db
    .selectFrom("install_targets")
    .select("build_id")
    .where("install_id", "=", install.id)
    .where("org_id", "=", ctx.orgId)
    .where("target", "=", target)
    .executeTakeFirst();
  const row = await ctx.db
    .selectFrom("steps")
    .innerJoin("workflows", "workflows.id", "steps.workflow_id")
    .innerJoin("builds", "builds.id", "steps.build_id")
    .select("builds.id")
    .where("workflows.org_id", "=", ctx.orgId)
    .where("workflows.install_id", "=", install.id)
    .where("steps.target", "=", target)
    .where("steps.kind", "in", ["component.apply", "component.sync"])
    .where("steps.state", "=", "succeeded")
    .where("builds.state", "=", "succeeded")
    .where("builds.id", "is distinct from", standing?.build_id ?? null)
    .orderBy("steps.finished_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row)
    throw new AppError(
      "state_conflict",
      `No other build of component "${component}" has been deployed to install "${install.name}" before; name a build instead`,
    );
  return row.id;
}
