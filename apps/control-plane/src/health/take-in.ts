import type { Ctx } from "../context.ts";
import { recordLook } from "./record.ts";
import { worstOf, type Observation } from "./track.ts";

/** What one check says of a component, and until when it counts. */
export type Report = Observation & { installId: string; component: string; name: string; by: string; staleAt: Date };

/**
 * Keeps a report, and takes the worst of all that still count for what the component looks like now. One that comes after a newer one of the same check changes
 * nothing. Call it in a transaction.
 */
export async function takeIn(ctx: Ctx, report: Report): Promise<void> {
  const { installId, component, name, at, staleAt } = report;
  const values = { status: report.status, message: report.why.slice(0, 1000), reported_by: report.by, reported_at: at, stale_at: staleAt };
  const kept = await ctx.db
    .insertInto("health_checks")
    .values({ install_id: installId, org_id: ctx.orgId, component, name, ...values })
    .onConflict((conflict) =>
      conflict.columns(["install_id", "component", "name"]).doUpdateSet(values).where("health_checks.reported_at", "<=", at),
    )
    .returning("name")
    .executeTakeFirst();
  if (!kept) return;
  const all = await ctx.db
    .selectFrom("health_checks")
    .select(["name", "status", "message", "stale_at"])
    .where("install_id", "=", installId)
    .where("component", "=", component)
    .where("stale_at", ">", at)
    .execute();
  const worst = worstOf(all.map((each) => each.status));
  if (worst === "unknown") return;
  const first = all.find((each) => each.status === worst);
  // It is known for as long as any of them counts.
  const until = all.map((each) => each.stale_at).toSorted((a, b) => b.getTime() - a.getTime())[0] ?? staleAt;
  await recordLook(ctx, { installId, component, status: worst, why: first ? `${first.name}: ${first.message}` : "", at, staleAt: until });
}
