import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { findInstall } from "../installs/queries.ts";
import { runView, selectRuns } from "./view-run.ts";

/** An install's action runs, newest first. @throws AppError `not_found` */
export async function listRuns({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; action?: string | undefined; cursor?: string | undefined; limit: number };
}) {
  await findInstall(ctx, input.installId);
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const { action } = input;
  const rows = await selectRuns(ctx)
    .where("action_runs.install_id", "=", input.installId)
    .$if(action !== undefined, (query) => query.where("action_runs.action", "=", action ?? ""))
    .$if(after !== undefined, (query) =>
      query.where((eb) => eb(eb.refTuple("action_runs.created_at", "action_runs.id"), "<", eb.tuple(after![0], after![1]))),
    )
    .orderBy("action_runs.created_at", "desc")
    .orderBy("action_runs.id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: runView });
}
