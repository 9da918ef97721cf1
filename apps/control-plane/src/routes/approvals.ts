import { approvalsContract } from "@berth/api/contract/approvals";
import { decideApproval } from "../approvals/decide.ts";
import { getApproval } from "../approvals/get.ts";
import { listApprovals } from "../approvals/list.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountApprovalsRoutes(app: HttpApp): void {
  handle(app, approvalsContract["approvals.list"], ({ ctx, query }) => listApprovals({ ctx, input: query }));
  handle(app, approvalsContract["approvals.get"], ({ ctx, params }) => getApproval({ ctx, input: params }));
  handle(app, approvalsContract["approvals.decide"], ({ ctx, params, body }) => decideApproval({ ctx, input: { ...params, ...body } }));
}
