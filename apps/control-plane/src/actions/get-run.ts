import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { runView, selectRuns, type ActionRunView } from "./view-run.ts";

/** An action run. @throws AppError `not_found` */
export async function getRun({ ctx, input }: { ctx: Ctx; input: { runId: string } }): Promise<ActionRunView> {
  const row = await selectRuns(ctx).where("action_runs.id", "=", input.runId).executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no action run ${input.runId}`);
  return runView(row);
}
