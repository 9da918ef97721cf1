import type { Ctx } from "../context.ts";
import type { WorkflowState } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { workflowView } from "./view.ts";

const open: WorkflowState[] = ["queued", "running", "awaiting_approval"];

/** Workflows of the org, newest first. */
export async function listWorkflows({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { cursor?: string | undefined; limit: number; installId?: string | undefined; state?: WorkflowState | "open" | undefined };
}) {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const { installId, state } = input;
  const rows = await ctx.db
    .selectFrom("workflows")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .$if(ctx.onlyInstall !== undefined, (query) => query.where("install_id", "=", ctx.onlyInstall ?? ""))
    .$if(installId !== undefined, (query) => query.where("install_id", "=", installId ?? ""))
    .$if(state !== undefined, (query) => query.where("state", "in", state === undefined || state === "open" ? open : [state]))
    .$if(after !== undefined, (query) => query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after![0], after![1]))))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: (row) => workflowView(row) });
}
