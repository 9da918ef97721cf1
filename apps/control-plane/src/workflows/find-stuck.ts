import { sql } from "kysely";
import type { System } from "../context.ts";
import { besideOperations } from "./queries.ts";

const batch = 200;

/**
 * Workflows that the rows say would move if somebody looked: a job, a build or an approval came to its end and the message about it was lost, or nobody
 * is ahead of a queued one any more. Reads open workflows only; where there are more than fit, each round takes others.
 */
export async function findStuckWorkflows(system: System): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select w.id from workflows w join installs i on i.id = w.install_id
    where w.state in ('queued', 'running', 'awaiting_approval') and (
      (w.state = 'queued' and (w.cancel_requested_at is not null or w.operation = any(${besideOperations}) or not exists (
        select 1 from workflows o
        where o.install_id = w.install_id and o.id <> w.id and o.operation <> all(${besideOperations})
          and (o.state in ('running', 'awaiting_approval') or (o.state = 'queued' and (o.created_at, o.id) < (w.created_at, w.id)
              -- Where windows may hold the other one back, only a look tells.
              and jsonb_array_length(coalesce(i.settings -> 'maintenanceWindows', '[]'::jsonb)) = 0))
          and (o.writes is null or w.writes is null or o.writes && (w.writes || w.reads) or w.writes && o.reads))))
      or exists (select 1 from steps s join jobs j on j.id = s.job_id
                 where s.workflow_id = w.id and s.state = 'running' and j.state in ('succeeded', 'failed', 'cancelled', 'timed_out'))
      or exists (select 1 from steps s join approvals a on a.step_id = s.id and a.step_attempt = s.attempt
                 where s.workflow_id = w.id and s.state = 'awaiting_approval' and a.state <> 'pending')
      or (w.state = 'running' and not exists (select 1 from steps s where s.workflow_id = w.id and s.state = 'running'))
      or exists (select 1 from steps s join approvals a on a.step_id = s.id and a.step_attempt = s.attempt
                 where s.workflow_id = w.id and s.state = 'awaiting_approval' and a.state = 'pending' and a.expires_at <= ${system.now()})
      or exists (select 1 from steps s where s.workflow_id = w.id and s.state = 'pending' and s.kind = 'component.verify')
      or exists (select 1 from steps s where s.workflow_id = w.id and s.state = 'pending' and s.not_before <= ${system.now()})
      or (w.cancel_requested_at is not null and exists (select 1 from steps s where s.workflow_id = w.id and s.state = 'pending'))
    )
    order by random()
    limit ${batch}`.execute(system.db);
  return rows.map(({ id }) => id);
}
