import type { checkHealthSchema, healthSchema } from "@berth/api/contract/installs";
import { sql } from "kysely";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { isHealthCheck } from "./health-checks.ts";

export type CheckHealth = z.input<typeof checkHealthSchema>;
export type Health = z.input<typeof healthSchema>;

/** What is known of a check: its last run that ended with a verdict, and since when the runs before it agree. */
export type Verdict = {
  action: string;
  runId: string;
  state: "succeeded" | "failed";
  finishedAt: Date;
  since: Date;
  detail: string | null;
};

/** An install's health: the worst of its checks, each from its last run. @throws AppError `not_found` */
export async function installHealth({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<Health> {
  const { config, state } = await findInstallConfig(ctx, input.installId);
  // What the checks said of the app before it was removed says nothing of what is there now.
  if (state === "deprovisioned") return { health: "unknown", why: "The install is deprovisioned: there is nothing to check", checks: [] };
  const names = config.actions.filter(isHealthCheck).map(({ name }) => name);
  if (names.length === 0)
    return { health: "unknown", why: "The app has no health checks: no action on a cron schedule, none named or labelled so", checks: [] };
  const { rows } = await verdicts(input.installId, names).execute(ctx.db);
  return healthOf(names, rows);
}

/** The verdict on the whole from those on each check. Pure. A cancelled run says nothing about health. */
export function healthOf(names: readonly string[], verdicts: readonly Verdict[]): Health {
  const checks = names.map((action): CheckHealth => {
    const last = verdicts.find((verdict) => verdict.action === action);
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
  });
  const worst = checks.find(({ health }) => health === "unhealthy") ?? checks.find(({ health }) => health === "unknown");
  const decisive = worst ? checks.filter(({ health }) => health === worst.health) : checks;
  const times = decisive.flatMap(({ since }) => (since === undefined ? [] : [since])).toSorted();
  // Unhealthy since the first check failed; healthy since the last one came good.
  const since = worst ? times[0] : times.at(-1);
  return {
    health: worst?.health ?? "healthy",
    why: worst ? `${worst.action}: ${worst.why}` : "Every health check's last run succeeded",
    checks,
    ...(since === undefined ? {} : { since }),
  };
}

/** Per check the last run with a verdict, and the first run after the last one that ended otherwise. Each is one step down an index. */
function verdicts(installId: string, names: readonly string[]) {
  return sql<Verdict>`
    select n.action, l.id as "runId", l.state, l.finished_at as "finishedAt", l.failure ->> 'detail' as detail,
      coalesce((select f.finished_at from action_runs f
                 where f.install_id = ${installId} and f.action = n.action and f.state = l.state
                   and f.created_at > coalesce((select o.created_at from action_runs o
                                                 where o.install_id = ${installId} and o.action = n.action
                                                   and o.state in ('succeeded', 'failed') and o.state <> l.state
                                                 order by o.created_at desc limit 1), '-infinity')
                 order by f.created_at limit 1), l.finished_at) as since
    from unnest(${names}::text[]) as n(action)
    join lateral (select r.id, r.state, r.finished_at, r.failure from action_runs r
                   where r.install_id = ${installId} and r.action = n.action and r.state in ('succeeded', 'failed')
                   order by r.created_at desc limit 1) l on true`;
}
