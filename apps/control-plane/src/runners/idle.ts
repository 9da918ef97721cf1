import type { Ctx } from "../context.ts";
import type { RunnerState, Waiting } from "../db/schema.ts";
import { whyNoWork } from "./view.ts";

/** Runners of an install that get no work now, each with why and what would change that. */
export async function idleRunners(
  ctx: Ctx,
  installId: string,
): Promise<{ id: string; name: string; state: RunnerState; waiting: Waiting }[]> {
  const rows = await ctx.db
    .selectFrom("runners")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", installId)
    .where("state", "!=", "revoked")
    .orderBy("created_at")
    .execute();
  return rows.flatMap((row) => {
    const waiting = whyNoWork(row);
    return waiting ? [{ id: row.id, name: row.name, state: row.state, waiting }] : [];
  });
}
