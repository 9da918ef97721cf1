import type { checkHealthSchema } from "@berth/api/contract/installs";
import { sql } from "kysely";
import type { z } from "zod";
import type { Ctx } from "../context.ts";

export type CheckHealth = z.input<typeof checkHealthSchema>;

/** What is known of a check: its last run that ended with a verdict, and since when the runs before it agree. */
export type CheckRun = {
  installId: string;
  action: string;
  runId: string;
  state: "succeeded" | "failed";
  finishedAt: Date;
  since: Date;
  detail: string | null;
};

/** What a check's last run says. Pure. A cancelled run says nothing about health. */
export function checkHealth(action: string, last: CheckRun | undefined): CheckHealth {
  if (!last) return { action, health: "unknown", why: "It has not run yet" };
  const healthy = last.state === "succeeded";
  return {
    action,
    health: healthy ? "healthy" : "unhealthy",
    since: last.since.toISOString(),
    why: healthy ? "The last run succeeded" : `The last run failed: ${last.detail ?? "no reason was given"}`,
    lastRunId: last.runId,
    lastRunAt: last.finishedAt.toISOString(),
  };
}

/** Per check the last run with a verdict, and the first run after the last one that ended otherwise. Each is one step down an index. */
export async function lastCheckRuns(ctx: Ctx, checks: readonly { installId: string; action: string }[]): Promise<CheckRun[]> {
  if (checks.length === 0) return [];
  const { rows } = await sql<CheckRun>`
    select n.install_id as "installId", n.action, l.id as "runId", l.state, l.finished_at as "finishedAt", l.failure ->> 'detail' as detail,
      coalesce((select f.finished_at from action_runs f
                 where f.install_id = n.install_id and f.action = n.action and f.state = l.state
                   and f.created_at > coalesce((select o.created_at from action_runs o
                                                 where o.install_id = n.install_id and o.action = n.action
                                                   and o.state in ('succeeded', 'failed') and o.state <> l.state
                                                 order by o.created_at desc limit 1), '-infinity')
                 order by f.created_at limit 1), l.finished_at) as since
    from unnest(${checks.map(({ installId }) => installId)}::text[], ${checks.map(({ action }) => action)}::text[]) as n(install_id, action)
    join lateral (select r.id, r.state, r.finished_at, r.failure from action_runs r
                   where r.install_id = n.install_id and r.org_id = ${ctx.orgId} and r.action = n.action and r.state in ('succeeded', 'failed')
                   order by r.created_at desc limit 1) l on true`.execute(ctx.db);
  return rows;
}
