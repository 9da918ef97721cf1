import type { Ctx } from "../context.ts";
import { recordLook, recordUnseen } from "./record.ts";
import { worstOf, type Verdict } from "./track.ts";

/** What one check says of a component, and until when it counts. `unknown`: it could not look, and says nothing of how the component is. */
export type Said = { name: string; by: string; status: Verdict; why: string; staleAt: Date };

/** What several checks say of a component that looked at the same time. */
export type Reports = {
  installId: string;
  component: string;
  at: Date;
  reports: readonly Said[];
  /** It was measured without a link, and is delivered late. */
  offline?: boolean;
};

/** Takes in what one check says, as {@link takeInAll} does. */
export async function takeIn(ctx: Ctx, report: Said & Pick<Reports, "installId" | "component" | "at" | "offline">): Promise<void> {
  const { installId, component, at, offline = false, ...said } = report;
  await takeInAll(ctx, { installId, component, at, offline, reports: [said] });
}

/**
 * Keeps what checks say, and takes the worst of all that still count for one look at the component. What does not come after the last of the same check changes
 * nothing. One that could not look counts for nothing, but says why where nothing else is known. Call it in a transaction.
 */
export async function takeInAll(ctx: Ctx, input: Reports): Promise<void> {
  const { installId, component, at, offline = false } = input;
  const kept: Said[] = [];
  for (const said of input.reports) if (await keep(ctx, input, said)) kept.push(said);
  if (kept.length === 0) return;
  const rows = await ctx.db
    .selectFrom("health_checks")
    .select(["name", "status", "message", "stale_at"])
    .where("install_id", "=", installId)
    .where("component", "=", component)
    .where("stale_at", ">", at)
    .execute();
  const all = rows.filter(({ status }) => status !== "unknown");
  const [unseen] = kept;
  if (unseen && all.length === 0)
    return await recordUnseen(ctx, { installId, component, at, why: `${unseen.name}: ${unseen.why}`, offline });
  const status = worstOf(all.map((each) => each.status));
  if (status === "unknown" || kept.every((each) => each.status === "unknown")) return;
  const first = all.find((each) => each.status === status);
  // It is known for as long as any of them counts.
  const staleAt = all.map((each) => each.stale_at).reduce((a, b) => (a > b ? a : b));
  await recordLook(ctx, { installId, component, status, why: first ? `${first.name}: ${first.message}` : "", at, staleAt, offline });
}

async function keep(ctx: Ctx, { installId, component, at }: Reports, said: Said): Promise<boolean> {
  const values = {
    status: said.status,
    message: said.why.slice(0, 1000),
    reported_by: said.by,
    reported_at: at,
    stale_at: said.staleAt,
  };
  const kept = await ctx.db
    .insertInto("health_checks")
    .values({ install_id: installId, org_id: ctx.orgId, component, name: said.name, ...values })
    .onConflict((conflict) =>
      conflict.columns(["install_id", "component", "name"]).doUpdateSet(values).where("health_checks.reported_at", "<", at),
    )
    .returning("name")
    .executeTakeFirst();
  return kept !== undefined;
}
