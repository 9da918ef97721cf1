import type { Ctx } from "../context.ts";
import type { ApprovalState } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { approvalView, selectApprovals } from "./view.ts";

/** Approvals of the org, newest first. */
export async function listApprovals({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: {
    cursor?: string | undefined;
    limit: number;
    state: ApprovalState | "all";
    installId?: string | undefined;
    workflowId?: string | undefined;
  };
}) {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const { installId, workflowId, state } = input;
  const rows = await selectApprovals(ctx)
    .$if(state !== "all", (query) => query.where("approvals.state", "=", state === "all" ? "pending" : state))
    .$if(installId !== undefined, (query) => query.where("approvals.install_id", "=", installId ?? ""))
    .$if(workflowId !== undefined, (query) => query.where("approvals.workflow_id", "=", workflowId ?? ""))
    .$if(after !== undefined, (query) =>
      query.where((eb) => eb(eb.refTuple("approvals.created_at", "approvals.id"), "<", eb.tuple(after![0], after![1]))),
    )
    .orderBy("approvals.created_at", "desc")
    .orderBy("approvals.id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: (row) => approvalView(row) });
}
