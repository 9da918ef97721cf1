import type { driftSchema } from "@berth/api/contract/drift";
import type { Selectable } from "kysely";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";

/** Drift records of the org, newest first. */
export async function listDrifts({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { cursor?: string | undefined; limit: number; installId?: string | undefined; state: "open" | "cleared" | "all" };
}) {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const { installId, state } = input;
  const rows = await ctx.db
    .selectFrom("drifts")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .$if(installId !== undefined, (query) => query.where("install_id", "=", installId ?? ""))
    .$if(state !== "all", (query) => query.where("state", "=", state === "all" ? "open" : state))
    .$if(after !== undefined, (query) => query.where((eb) => eb(eb.refTuple("detected_at", "id"), "<", eb.tuple(after![0], after![1]))))
    .orderBy("detected_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.detected_at.toISOString(), row.id], toItem: driftView });
}

function driftView(row: Selectable<Database["drifts"]>): z.input<typeof driftSchema> {
  return {
    id: row.id,
    installId: row.install_id,
    target: row.target,
    state: row.state,
    kind: row.kind,
    detectedAt: row.detected_at.toISOString(),
    checkedAt: row.checked_at.toISOString(),
    ...(row.plan_id === null ? {} : { planId: row.plan_id }),
    ...(row.summary ? { plan: row.summary } : {}),
    ...(row.workflow_id === null ? {} : { workflowId: row.workflow_id }),
    ...(row.remediation_id === null ? {} : { remediationId: row.remediation_id }),
    ...(row.remediation_problem === null ? {} : { remediationProblem: row.remediation_problem }),
    ...(row.cleared_at ? { clearedAt: row.cleared_at.toISOString() } : {}),
    ...(row.cleared_by === null ? {} : { clearedBy: row.cleared_by }),
  };
}
