import { afterCommit, type Ctx } from "../context.ts";

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
    | "state";
  subjectId: string;
  /** What happened, past tense: `created`, `approved`, `succeeded`. */
  event: string;
  installId?: string;
  workflowId?: string;
  /** Facts for readers. Never a secret. */
  data?: Record<string, unknown>;
};

/** Writes an event in the running transaction and tells live readers after the commit. */
export async function recordEvent(ctx: Ctx, input: EventInput): Promise<void> {
  const row = await ctx.db
    .insertInto("events")
    .values({
      org_id: ctx.orgId,
      install_id: input.installId ?? null,
      workflow_id: input.workflowId ?? null,
      subject_kind: input.subjectKind,
      subject_id: input.subjectId,
      event: input.event,
      data: JSON.stringify(input.data ?? {}),
      actor: ctx.actor,
      at: ctx.system.now(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await afterCommit(ctx, {
    kind: "publish",
    topic: "events",
    data: {
      orgId: ctx.orgId,
      eventId: row.id,
      ...(input.workflowId === undefined ? {} : { workflowId: input.workflowId }),
      ...(input.installId === undefined ? {} : { installId: input.installId }),
    },
  });
}
