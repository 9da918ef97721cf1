import type { JobState } from "@berth/protocol/job-state";
import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { jobView, shownColumns, type JobView } from "./view.ts";
import { whyWaiting } from "./why-waiting.ts";

/** Filters of {@link listJobs}; all that are given apply. */
export type JobFilter = {
  installId?: string | undefined;
  workflowId?: string | undefined;
  runnerId?: string | undefined;
  state?: JobState | undefined;
};

/** The org's jobs, newest first. */
export async function listJobs(
  ctx: Ctx,
  input: JobFilter & { cursor?: string | undefined; limit: number },
): Promise<{ items: JobView[]; next?: string }> {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  let query = ctx.db.selectFrom("jobs").select(shownColumns).where("org_id", "=", ctx.orgId);
  if (input.installId !== undefined) query = query.where("install_id", "=", input.installId);
  if (input.workflowId !== undefined) query = query.where("workflow_id", "=", input.workflowId);
  if (input.runnerId !== undefined) query = query.where("runner_id", "=", input.runnerId);
  if (input.state !== undefined) query = query.where("state", "=", input.state);
  if (after) query = query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after[0], after[1])));
  const rows = await query
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  const why = await whyWaiting(ctx, rows);
  return toPage({
    rows,
    limit: input.limit,
    keysOf: (row) => [row.created_at.toISOString(), row.id],
    toItem: (row) => jobView(row, why.get(row.id)),
  });
}
