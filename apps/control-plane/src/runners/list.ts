import type { Ctx } from "../context.ts";
import type { RunnerState } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { runnerView, type RunnerView } from "./view.ts";

/** The org's runners, newest first. */
export async function listRunners(
  ctx: Ctx,
  input: { installId?: string | undefined; state?: RunnerState | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: RunnerView[]; next?: string }> {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  let query = ctx.db.selectFrom("runners").selectAll().where("org_id", "=", ctx.orgId);
  if (input.installId !== undefined) query = query.where("install_id", "=", input.installId);
  if (input.state !== undefined) query = query.where("state", "=", input.state);
  if (after) query = query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after[0], after[1])));
  const rows = await query
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: runnerView });
}
