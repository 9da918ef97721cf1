import type { Selectable } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import type { StepKind, StepParams } from "./generate.ts";

export type WorkflowRow = Selectable<Database["workflows"]>;
export type StepRow = Omit<Selectable<Database["steps"]>, "kind" | "params"> & { kind: StepKind; params: StepParams };

/** Operations that run beside others: they change no target, so nothing has to wait for them nor they for anything. */
export const besideOperations: readonly string[] = ["action_run"];

/** A workflow of the org. @throws AppError `not_found` */
export async function findWorkflow(ctx: Ctx, workflowId: string, lock?: "lock"): Promise<WorkflowRow> {
  const row = await ctx.db
    .selectFrom("workflows")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", workflowId)
    .$if(lock !== undefined, (query) => query.forUpdate())
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no workflow ${workflowId}`);
  return row;
}

/** The steps of a workflow in order. */
export async function listSteps(ctx: Ctx, workflowId: string): Promise<StepRow[]> {
  const rows = await ctx.db.selectFrom("steps").selectAll().where("workflow_id", "=", workflowId).orderBy("index").execute();
  return rows as StepRow[];
}
