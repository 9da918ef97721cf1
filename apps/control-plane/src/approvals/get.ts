import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { approvalDetail, selectApprovals, type ApprovalView } from "./view.ts";

/** An approval with its plan's digest and numbers. @throws AppError `not_found` */
export async function getApproval({ ctx, input }: { ctx: Ctx; input: { approvalId: string } }): Promise<ApprovalView> {
  const row = await selectApprovals(ctx).where("approvals.id", "=", input.approvalId).executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no approval ${input.approvalId}`);
  return approvalDetail(ctx, row);
}
