import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { openValues } from "../installs/sealed.ts";
import { startWorkflow } from "../workflows/start.ts";
import { adhocSchema, readAdhoc, type Adhoc } from "./adhoc.ts";
import { getRun } from "./get-run.ts";
import type { ActionRunView } from "./view-run.ts";

/** Runs it now. It is kept encrypted with its workflow: what it holds may be secret. @throws AppError `not_found`, `bad_request` where there is nothing, or two things, to run */
export async function runAdhoc({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: Adhoc & { installId: string; env: Record<string, string> };
}): Promise<ActionRunView> {
  const { installId, env, ...given } = input;
  if ((given.command === undefined) === (given.script === undefined))
    throw new AppError("bad_request", "Give either a command or a script to run");
  const adhoc = adhocSchema.parse(given);
  const { run, workflowId } = await startWorkflow({
    ctx,
    input: { installId, operation: { type: "adhoc_action", name: adhoc.name }, env, adhoc },
  });
  if (!run) throw new Error(`Workflow ${workflowId} has no run`);
  return getRun({ ctx, input: { runId: run.id } });
}

/** Runs what an earlier run ran, with the same environment: an action as its config says now, a one-off command as it was. @throws AppError `not_found` */
export async function rerun({ ctx, input }: { ctx: Ctx; input: { runId: string } }): Promise<ActionRunView> {
  const row = await ctx.db
    .selectFrom("action_runs")
    .select(["id", "install_id", "action", "workflow_id", "env_enc"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.runId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no action run ${input.runId}`);
  const env = openValues(ctx.system.vault, "env", row.id, row.env_enc) as Record<string, string>;
  const adhoc = row.workflow_id === null ? undefined : await readAdhoc(ctx, row.workflow_id);
  if (adhoc) return runAdhoc({ ctx, input: { ...adhoc, installId: row.install_id, env } });
  const { run, workflowId } = await startWorkflow({
    ctx,
    input: { installId: row.install_id, operation: { type: "action_run", action: row.action, trigger: "manual" }, env },
  });
  if (!run) throw new Error(`Workflow ${workflowId} has no run`);
  return getRun({ ctx, input: { runId: run.id } });
}
