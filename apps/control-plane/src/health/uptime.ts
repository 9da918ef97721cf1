import { sql } from "kysely";
import type { Ctx } from "../context.ts";
import type { Verdict } from "./track.ts";

/** How a component was over a time: seconds by verdict, and the share of the known time in which it was not unhealthy; absent where nothing is known. */
export type Uptime = { seconds: Record<Verdict, number>; uptime?: number };

/** Sums the stretches of a component, cut to the time that is asked for. One step down an index. */
export async function uptimeOf(ctx: Ctx, input: { installId: string; component: string; from: Date; to: Date }): Promise<Uptime> {
  const { installId, component, from, to } = input;
  const { rows } = await sql<{ verdict: Verdict; seconds: number }>`
    select verdict, coalesce(sum(extract(epoch from least(to_at, ${to}) - greatest(from_at, ${from}))), 0)::float8 as seconds
    from health_segments
    where install_id = ${installId} and component = ${component} and org_id = ${ctx.orgId} and to_at > ${from} and from_at < ${to}
    group by verdict`.execute(ctx.db);
  const seconds: Uptime["seconds"] = { healthy: 0, degraded: 0, unhealthy: 0, unknown: 0 };
  for (const row of rows) seconds[row.verdict] = row.seconds;
  const known = seconds.healthy + seconds.degraded + seconds.unhealthy;
  return { seconds, ...(known > 0 ? { uptime: (seconds.healthy + seconds.degraded) / known } : {}) };
}
