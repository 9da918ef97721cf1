import { sql } from "kysely";
import { afterCommit, type Ctx } from "../context.ts";
import { newsOf } from "../events/flush.ts";
import { insertEventsFrom } from "../events/insert-from.ts";

/** An offer nobody has answered for this long is taken back by the sweep. The session that made it does so after 2 s, if it still lives. */
const answerWithinMs = 6000;

/** A job that this session may now offer to its runner, under a fresh epoch. */
export type ClaimedJob = {
  id: string;
  org_id: string;
  install_id: string;
  kind: string;
  target: string | null;
  epoch: number;
  spec_enc: Buffer;
  plan_digest: string | null;
  log_stream_id: string;
  timeout_seconds: number;
  workflow_id: string | null;
  /** Another job of the runner was queued, too: it is worth asking again. */
  more: boolean;
};

/**
 * Takes the queued job that the runner may run now and that most waits for, of such the oldest: queued → assigned, next epoch, new attempt. Several replicas may ask at once; a job is given
 * once. A job waits while another one on its target is not done, where either of the two writes it.
 * @param args.input.capacity how many jobs the runner may have at a time
 * @returns undefined where there is none, the runner is full or not online, or the session is over
 */
export async function claimJob(args: {
  ctx: Ctx;
  input: { runnerId: string; sessionId: string; capacity: number };
}): Promise<ClaimedJob | undefined> {
  const { ctx } = args;
  const { runnerId, sessionId, capacity } = args.input;
  const now = ctx.system.now();
  try {
    // One statement, and so one round trip and one transaction: every job passes here on its way to its runner.
    // The session row is locked so that a newer session of the runner, which closes this one, sees every job that was claimed for it.
    const { rows } = await sql<ClaimedJob & { event_id: number }>`
      with session as (
        select s.closed_at, r.state from runner_sessions s join runners r on r.id = s.runner_id
        where s.id = ${sessionId}
        for share of s
      ), picked as (
        select j.id from jobs j, session
        where session.closed_at is null and session.state = 'online' and j.runner_id = ${runnerId} and j.state = 'queued'
          and (select count(*) from jobs a where a.runner_id = ${runnerId} and a.state in ('assigned', 'running')) < ${capacity}
          and not exists (
            select 1 from jobs other
            where other.install_id = j.install_id and other.target = j.target and other.id <> j.id
              and other.state in ('assigned', 'running', 'lost') and (other.writes_target or j.writes_target)
          )
        order by j.priority desc, j.created_at, j.id
        limit 1
        for update of j skip locked
      ), claimed as (
        update jobs set state = 'assigned', epoch = epoch + 1, session_id = ${sessionId}, assigned_at = ${now},
          accepted_at = null, deadline_at = null, lease_expires_at = ${new Date(now.getTime() + answerWithinMs)}
        from picked where jobs.id = picked.id
        returning jobs.id, org_id, install_id, kind, target, epoch, spec_enc, plan_digest, log_stream_id, timeout_seconds, workflow_id
      ), attempt as (
        insert into job_attempts (job_id, org_id, epoch, session_id, state, assigned_at)
        select id, org_id, epoch, ${sessionId}::text, 'assigned', ${now}::timestamptz from claimed
      ), event as (
        ${insertEventsFrom(ctx, {
          from: "claimed",
          subjectKind: "job",
          event: "assigned",
          data: sql`jsonb_build_object('epoch', epoch, 'sessionId', ${sessionId}::text)`,
        })}
      )
      select claimed.id, org_id, install_id, kind, target, epoch, spec_enc, plan_digest, log_stream_id, timeout_seconds, workflow_id,
        event.id as event_id,
        exists (select 1 from jobs j where j.runner_id = ${runnerId} and j.state = 'queued' and j.id <> claimed.id) as more
      from claimed, event`.execute(ctx.db);
    const [row] = rows;
    if (!row) return undefined;
    const { event_id: eventId, ...job } = row;
    for (const message of newsOf([{ ...job, id: eventId }])) await afterCommit(ctx, message);
    return job;
  } catch (error) {
    // Another runner of the install has just taken a writing job on the same target: it is looked at again later.
    if (isOneWriterViolation(error)) return undefined;
    throw error;
  }
}

function isOneWriterViolation(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "jobs_one_writer";
}
