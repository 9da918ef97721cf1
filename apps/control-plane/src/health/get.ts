import type { Selectable } from "kysely";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import { findInstall, findInstallConfig } from "../installs/queries.ts";
import type { Verdict } from "./track.ts";
import { removedComponents } from "./removed.ts";
import { uptimeOf } from "./uptime.ts";

export type ComponentHealth = { component: string; verdict: Verdict; since?: string; why: string; seenAt?: string; measuredOffline?: true };

type ComponentHealthRow = Selectable<Database["component_health"]>;

const dayMs = 86_400_000;

/** How the components of an install are. One that nothing checks, or that was taken away, is not listed. @throws AppError `not_found` */
export async function componentHealth({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<{ items: ComponentHealth[] }> {
  await findInstall(ctx, input.installId);
  const { config } = await findInstallConfig(ctx, input.installId);
  const rows = await ctx.db
    .selectFrom("component_health")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .execute();
  const known = new Set(config.components.map(({ name }) => name));
  const off = await removedComponents(ctx, [input.installId]);
  return {
    items: rows
      .filter((row) => known.has(row.component) && !off.has(`${input.installId}/${row.component}`))
      .toSorted((a, b) => (a.component < b.component ? -1 : 1))
      .map(viewComponentHealth),
  };
}

/** A component's health as it is shown. */
export function viewComponentHealth(
  row: Pick<ComponentHealthRow, "component" | "verdict" | "since" | "why" | "seen_at" | "delivered_at">,
): ComponentHealth {
  return {
    component: row.component,
    verdict: row.verdict,
    since: row.since.toISOString(),
    why: row.why,
    seenAt: row.seen_at.toISOString(),
    ...(row.delivered_at === null ? {} : { measuredOffline: true as const }),
  };
}

/** How a component was, day by day and over all, newest last. @param input.days at most 90 @throws AppError `not_found` */
export async function healthHistory({ ctx, input }: { ctx: Ctx; input: { installId: string; component: string; days: number } }) {
  await findInstall(ctx, input.installId);
  const now = ctx.system.now();
  const from = new Date(now.getTime() - input.days * dayMs);
  const common = { installId: input.installId, component: input.component };
  const rows = await ctx.db
    .selectFrom("health_segments")
    .select(["verdict", "from_at", "to_at", "measured_offline"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .where("component", "=", input.component)
    .where("to_at", ">", from)
    .orderBy("to_at", "desc")
    .limit(200)
    .execute();
  return {
    days: input.days,
    ...(await uptimeOf(ctx, { ...common, from, to: now })),
    changes: rows.map((row) => ({
      verdict: row.verdict,
      from: row.from_at.toISOString(),
      to: row.to_at.toISOString(),
      ...(row.measured_offline ? { measuredOffline: true as const } : {}),
    })),
  };
}
