import { checkHealth, lastCheckRuns } from "../actions/health.ts";
import { isHealthCheck } from "../actions/health-checks.ts";
import { findConfigById } from "../configs/find-by-id.ts";
import type { Ctx } from "../context.ts";
import { findInstall, type InstallRow } from "../installs/queries.ts";
import { judgedBy } from "./checks-of.ts";
import { viewComponentHealth } from "./get.ts";
import { healthOf, type Health } from "./of-install.ts";
import { removedComponents } from "./removed.ts";

/** How an install is: the worst of its components. @throws AppError `not_found` */
export async function installHealth({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<Health> {
  const install = await findInstall(ctx, input.installId);
  return (await healthOfInstalls(ctx, [install])).get(install.id) ?? healthOf([], []);
}

/** How several installs are, in as many queries as for one. */
export async function healthOfInstalls(
  ctx: Ctx,
  installs: readonly Pick<InstallRow, "id" | "app_config_id" | "state">[],
): Promise<Map<string, Health>> {
  // What was said of the app before it was removed says nothing of what is there now.
  const standing = installs.filter(({ state }) => state !== "deprovisioned");
  const installIds = standing.map(({ id }) => id);
  const rows =
    installIds.length === 0
      ? []
      : await ctx.db
          .selectFrom("component_health")
          .selectAll()
          .where("org_id", "=", ctx.orgId)
          .where("install_id", "in", installIds)
          .orderBy("component")
          .execute();
  const off = await removedComponents(ctx, installIds);
  const configs = new Map<string, Awaited<ReturnType<typeof findConfigById>>>();
  for (const { app_config_id: id } of standing) if (!configs.has(id)) configs.set(id, await findConfigById(ctx, id));
  const checks = standing.flatMap(({ id: installId, app_config_id: configId }) => {
    const config = configs.get(configId);
    const actions = config?.actions.filter(isHealthCheck) ?? [];
    return actions.map((action) => ({ installId, action: action.name, judges: config ? judgedBy(action, config) : [] }));
  });
  const runs = await lastCheckRuns(ctx, checks);
  return new Map(
    installs.map((install): [string, Health] => {
      if (install.state === "deprovisioned")
        return [install.id, { ...healthOf([], []), why: "The install is deprovisioned: there is nothing to check" }];
      const known = new Set(configs.get(install.app_config_id)?.components.map(({ name }) => name));
      const ours = checks.filter(({ installId }) => installId === install.id);
      return [
        install.id,
        healthOf(
          ours.map(({ action, judges }) => ({
            ...checkHealth(
              action,
              runs.find((run) => run.installId === install.id && run.action === action),
            ),
            judges,
          })),
          rows
            .filter((row) => row.install_id === install.id && known.has(row.component) && !off.has(`${install.id}/${row.component}`))
            .map(viewComponentHealth),
        ),
      ];
    }),
  );
}
