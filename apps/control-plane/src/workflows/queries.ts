import type { Selectable } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { NewRun } from "../actions/begin-run.ts";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import type { StepKind, StepParams } from "./generate.ts";

export type WorkflowRow = Omit<Selectable<Database["workflows"]>, "inputs_enc">;
export type StepRow = Omit<Selectable<Database["steps"]>, "kind" | "params"> & {
  kind: StepKind;
  params: StepParams;
  /** Of an action that was asked for in this transaction: its run. */
  run?: NewRun;
};

// Columns by name, so that the statements can be prepared.
export const workflowColumns = [
  "id",
  "org_id",
  "install_id",
  "app_config_id",
  "operation",
  "params",
  "plan_only",
  "approve_all",
  "writes",
  "reads",
  "window_override",
  "state",
  "failure",
  "waiting",
  "cancel_requested_at",
  "created_by",
  "created_at",
  "started_at",
  "finished_at",
] as const;
export const stepColumns = [
  "id",
  "org_id",
  "workflow_id",
  "index",
  "key",
  "kind",
  "target",
  "params",
  "needs",
  "state",
  "attempt",
  "auto_retries",
  "not_before",
  "job_id",
  "build_id",
  "failure",
  "waiting",
  "note",
  "started_at",
  "finished_at",
] as const;

/** Operations that run beside others: they change no target, so nothing has to wait for them nor they for anything. */
export const besideOperations: readonly string[] = ["action_run", "adhoc_action"];

/** A workflow of the org. @throws AppError `not_found` */
export async function findWorkflow(ctx: Ctx, workflowId: string, lock?: "lock"): Promise<WorkflowRow> {
  const row = await ctx.db
    .selectFrom("workflows")
    .select(workflowColumns)
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", workflowId)
    .$if(ctx.onlyInstall !== undefined, (query) => query.where("install_id", "=", ctx.onlyInstall ?? ""))
    .$if(lock !== undefined, (query) => query.forUpdate())
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no workflow ${workflowId}`);
  return row;
}

/** The steps of a workflow in order. */
export async function listSteps(ctx: Ctx, workflowId: string): Promise<StepRow[]> {
  const rows = await ctx.db.selectFrom("steps").select(stepColumns).where("workflow_id", "=", workflowId).orderBy("index").execute();
  return rows as StepRow[];
}
