import { afterCommit, type Ctx } from "../context.ts";
import { flushEvents, type PendingEvent } from "./flush.ts";

/** One line of the audit trail. */
export type EventInput = {
  subjectKind:
    | "app"
    | "app_config"
    | "build"
    | "install"
    | "workflow"
    | "step"
    | "approval"
    | "job"
    | "runner"
    | "action_run"
    | "token"
    | "git_credential"
    | "pull_credential"
    | "state"
    | "drift"
    | "rollout"
    | "org";
  subjectId: string;
  /** What happened, past tense: `created`, `approved`, `succeeded`. */
  event: string;
  installId?: string;
  workflowId?: string;
  /** Facts for readers. Never a secret. */
  data?: Record<string, unknown>;
};

/** Writes an event with the running transaction, at its end, and tells live readers after the commit. */
export async function recordEvent(ctx: Ctx, input: EventInput): Promise<void> {
  const event: PendingEvent = {
    org_id: ctx.orgId,
    install_id: input.installId ?? null,
    workflow_id: input.workflowId ?? null,
    subject_kind: input.subjectKind,
    subject_id: input.subjectId,
    event: input.event,
    data: JSON.stringify(input.data ?? {}),
    actor: ctx.actor,
    at: ctx.system.now(),
  };
  if (ctx.events) ctx.events.push(event);
  else for (const message of await flushEvents(ctx.db, [event])) await afterCommit(ctx, message);
}
