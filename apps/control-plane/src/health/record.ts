import { sql } from "kysely";
import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { follow, type Observation, type Track, type Verdict } from "./track.ts";

/** One look at a component, and how long it counts. */
export type Look = Observation & {
  installId: string;
  component: string;
  /** Nothing newer by then: nobody knows any more. */ staleAt: Date;
  /** It was measured without a link, and is delivered late. */
  offline: boolean;
};

const silent = "Nothing has been heard of it for too long";
/** Looks that are delivered late come one after the other; until so long after the last of them, in ms, nobody says that nothing was heard. */
const deliveryMs = 60_000;

/** Takes in a look: the verdict now, and the stretch of time it belongs to. Call it in a transaction; looks of one component come one after the other, and one that comes late changes nothing. */
export async function recordLook(ctx: Ctx, look: Look): Promise<void> {
  const { installId, component } = look;
  const row = await lockRow(ctx, look);
  // The silence before it is part of how the component was, whether or not anybody has noticed it by now.
  const wasSilent = row !== undefined && row.verdict !== "unknown" && row.stale_at < look.at;
  if (wasSilent) await forgetSilent(ctx, { installId, component, by: look.at });
  const before: Track | undefined = row && {
    verdict: wasSilent ? "unknown" : row.verdict,
    since: wasSilent ? row.stale_at : row.since,
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
    delivered_at: look.offline ? ctx.system.now() : null,
  };
  await ctx.db
    .insertInto("component_health")
    .values({ install_id: installId, org_id: ctx.orgId, component, ...values })
    .onConflict((conflict) => conflict.columns(["install_id", "component"]).doUpdateSet(values))
    .execute();
  await extendSegment(ctx, { installId, component, verdict: after.verdict, at: look.at, offline: look.offline });
  if (before?.verdict !== after.verdict)
    await tell(ctx, { installId, component, from: before?.verdict, to: after.verdict, why: after.why });
}

/** A stretch goes on while the verdict stays; a silence between two looks belongs to neither. */
async function extendSegment(
  ctx: Ctx,
  input: { installId: string; component: string; verdict: Verdict; at: Date; offline: boolean },
): Promise<void> {
  const { installId, component, verdict, at, offline } = input;
  // That nobody knew anything was so until what was seen meanwhile came.
  if (offline) {
    await ctx.db
      .deleteFrom("health_segments")
      .where("install_id", "=", installId)
      .where("component", "=", component)
      .where("verdict", "=", "unknown")
      .where("to_at", ">", at)
      .execute();
  }
  const last = await ctx.db
    .selectFrom("health_segments")
    .select(["verdict", "from_at", "to_at", "measured_offline"])
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
      .set({ to_at: at, measured_offline: last.measured_offline || offline })
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
    .values({ install_id: installId, org_id: ctx.orgId, component, verdict, from_at: at, to_at: at, measured_offline: offline })
    .execute();
}

/** Of a component of which nothing is known nobody could see anything either: it is told why. One that is known stays so for as long as what was seen counts. */
export async function recordUnseen(
  ctx: Ctx,
  input: { installId: string; component: string; at: Date; why: string; offline: boolean },
): Promise<void> {
  const { installId, component, at } = input;
  const why = input.why.slice(0, 1000);
  const row = await lockRow(ctx, input);
  if (row && (row.verdict !== "unknown" || row.since > at)) return;
  if (row) {
    await ctx.db
      .updateTable("component_health")
      .set({ why })
      .where("install_id", "=", installId)
      .where("component", "=", component)
      .execute();
    return;
  }
  await ctx.db
    .insertInto("component_health")
    .values({
      install_id: installId,
      org_id: ctx.orgId,
      component,
      verdict: "unknown",
      since: at,
      why,
      seen_at: at,
      stale_at: at,
      delivered_at: input.offline ? ctx.system.now() : null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tell(ctx, { installId, component, from: undefined, to: "unknown", why });
}

function lockRow(ctx: Ctx, { installId, component }: { installId: string; component: string }) {
  return ctx.db
    .selectFrom("component_health")
    .selectAll()
    .where("install_id", "=", installId)
    .where("component", "=", component)
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Components of which nothing was heard for too long are not known any more, from when on what was seen last counted no more; a check that could not look says why.
 * @param of one component, as it was by then @returns how many
 */
export async function forgetSilent(ctx: Ctx, of?: { installId: string; component: string; by: Date }): Promise<number> {
  const now = ctx.system.now();
  const by = of?.by ?? now;
  const why = sql<string>`left(coalesce((
    select c.name || ': ' || c.message from health_checks c
    where c.install_id = component_health.install_id and c.component = component_health.component and c.status = 'unknown' and c.stale_at > ${by}
    order by c.reported_at desc limit 1), ${silent}::text), 1000)`;
  const rows = await ctx.db
    .updateTable("component_health")
    .set((eb) => ({ verdict: "unknown", since: eb.ref("stale_at"), why, tending: null, tending_count: 0 }))
    .where("verdict", "!=", "unknown")
    .where("stale_at", "<", by)
    .where("org_id", "=", ctx.orgId)
    .$if(of === undefined, (query) =>
      query.where((eb) => eb.or([eb("delivered_at", "is", null), eb("delivered_at", "<", new Date(now.getTime() - deliveryMs))])),
    )
    .$if(of !== undefined, (query) => query.where("install_id", "=", of?.installId ?? "").where("component", "=", of?.component ?? ""))
    .returning(["install_id", "component", "why", "stale_at"])
    .execute();
  for (const row of rows) {
    const { install_id: installId, component, stale_at: since } = row;
    await ctx.db
      .insertInto("health_segments")
      .values({ install_id: installId, org_id: ctx.orgId, component, verdict: "unknown", from_at: since, to_at: since })
      .execute();
    await tell(ctx, { installId, component, from: undefined, to: "unknown", why: row.why });
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
