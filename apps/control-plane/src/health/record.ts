import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { follow, type Observation, type Track, type Verdict } from "./track.ts";

/** One look at a component, and how long it counts. */
export type Look = Observation & {
  installId: string;
  component: string;
  /** Nothing newer by then: nobody knows any more. */ staleAt: Date;
};

/** Takes in a look: the verdict now, and the stretch of time it belongs to. Call it in a transaction; looks of one component come one after the other, and one that comes late changes nothing. */
export async function recordLook(ctx: Ctx, look: Look): Promise<void> {
  const { installId, component } = look;
  const row = await ctx.db
    .selectFrom("component_health")
    .selectAll()
    .where("install_id", "=", installId)
    .where("component", "=", component)
    .forUpdate()
    .executeTakeFirst();
  const before: Track | undefined = row && {
    verdict: row.verdict,
    since: row.since,
    why: row.why,
    tendingCount: row.tending_count,
    seenAt: row.seen_at,
    ...(row.tending === null ? {} : { tending: row.tending }),
  };
  const after = follow(before, look);
  if (after === before) return;
  const values = {
    verdict: after.verdict,
    since: after.since,
    why: after.why.slice(0, 1000),
    tending: after.tending ?? null,
    tending_count: after.tendingCount,
    seen_at: after.seenAt,
    stale_at: look.staleAt,
  };
  await ctx.db
    .insertInto("component_health")
    .values({ install_id: installId, org_id: ctx.orgId, component, ...values })
    .onConflict((conflict) => conflict.columns(["install_id", "component"]).doUpdateSet(values))
    .execute();
  await extendSegment(ctx, { installId, component, verdict: after.verdict, at: look.at });
  if (before?.verdict !== after.verdict)
    await tell(ctx, { installId, component, from: before?.verdict, to: after.verdict, why: after.why });
}

/** A stretch goes on while the verdict stays; a silence between two looks belongs to neither. */
async function extendSegment(ctx: Ctx, input: { installId: string; component: string; verdict: Verdict; at: Date }): Promise<void> {
  const { installId, component, verdict, at } = input;
  const last = await ctx.db
    .selectFrom("health_segments")
    .select(["verdict", "from_at", "to_at"])
    .where("install_id", "=", installId)
    .where("component", "=", component)
    .orderBy("to_at", "desc")
    .orderBy("from_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (last && last.to_at > at) return;
  if (last && last.verdict === verdict) {
    await ctx.db
      .updateTable("health_segments")
      .set({ to_at: at })
      .where("install_id", "=", installId)
      .where("component", "=", component)
      .where("from_at", "=", last.from_at)
      .where("verdict", "=", last.verdict)
      .execute();
    return;
  }
  // Until this look it was as before.
  if (last && last.verdict !== "unknown") {
    await ctx.db
      .updateTable("health_segments")
      .set({ to_at: at })
      .where("install_id", "=", installId)
      .where("component", "=", component)
      .where("from_at", "=", last.from_at)
      .where("verdict", "=", last.verdict)
      .execute();
  }
  await ctx.db
    .insertInto("health_segments")
    .values({ install_id: installId, org_id: ctx.orgId, component, verdict, from_at: at, to_at: at })
    .execute();
}

/** Components of which nothing was heard for too long are not known any more. @returns how many */
export async function forgetSilent(ctx: Ctx): Promise<number> {
  const now = ctx.system.now();
  const rows = await ctx.db
    .updateTable("component_health")
    .set({ verdict: "unknown", since: now, why: "Nothing has been heard of it for too long", tending: null, tending_count: 0 })
    .where("verdict", "!=", "unknown")
    .where("stale_at", "<", now)
    .where("org_id", "=", ctx.orgId)
    .returning(["install_id", "component"])
    .execute();
  for (const row of rows) {
    const { component } = row;
    await ctx.db
      .insertInto("health_segments")
      .values({ install_id: row.install_id, org_id: ctx.orgId, component, verdict: "unknown", from_at: now, to_at: now })
      .execute();
    await tell(ctx, {
      installId: row.install_id,
      component,
      from: undefined,
      to: "unknown",
      why: "Nothing has been heard of it for too long",
    });
  }
  return rows.length;
}

async function tell(
  ctx: Ctx,
  input: { installId: string; component: string; from: Verdict | undefined; to: Verdict; why: string },
): Promise<void> {
  const { installId, component, from, to, why } = input;
  await recordEvent(ctx, {
    subjectKind: "install",
    subjectId: installId,
    event: "health_changed",
    installId,
    data: { component, to, why: why.slice(0, 300), ...(from === undefined ? {} : { from }) },
  });
}
