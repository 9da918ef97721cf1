import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";
import { planNumbersSchema } from "./workflows.ts";

export const approvalSchema = z.object({
  id: z.string(),
  installId: z.string(),
  workflowId: z.string(),
  stepId: z.string(),
  stepKey: z.string(),
  target: z.string().optional(),
  destroy: z.boolean(),
  planId: z.string(),
  digest: z.string().describe("Digest of the plan; a decision names it"),
  plan: planNumbersSchema.optional(),
  state: z.enum(["pending", "approved", "denied", "superseded"]),
  decision: z.string().optional(),
  decidedBy: z.string().optional(),
  decidedFrom: z.string().optional(),
  note: z.string().optional(),
  createdAt: timestamp,
  decidedAt: timestamp.optional(),
});

const approval = z.object({ approvalId: z.string() });

export const approvalsContract = {
  "approvals.list": route({
    method: "GET",
    path: "/v1/approvals",
    tag: "approvals",
    summary: "List approvals, newest first; those that wait unless asked otherwise",
    params: none,
    query: pageQuery.extend({
      state: z.enum(["pending", "approved", "denied", "superseded", "all"]).default("pending"),
      installId: z.string().optional(),
      workflowId: z.string().optional(),
    }),
    body: none,
    response: pageOf(approvalSchema),
  }),
  "approvals.get": route({
    method: "GET",
    path: "/v1/approvals/:approvalId",
    tag: "approvals",
    summary: "Get an approval with its plan's digest and numbers",
    params: approval,
    query: none,
    body: none,
    response: approvalSchema,
  }),
  "approvals.decide": route({
    method: "POST",
    path: "/v1/approvals/:approvalId/decide",
    tag: "approvals",
    summary: "Approve or deny a plan by its digest",
    description:
      "`approve_all` approves this plan and every later one of the scope. A digest that is no longer current is refused with `approval_stale` and what changed. Repeating the same decision is answered as the first time.",
    params: approval,
    query: none,
    body: z.object({
      decision: z.enum(["approve", "deny", "approve_all"]),
      scope: z.enum(["workflow", "install"]).default("workflow").describe("What `approve_all` covers"),
      digest: z.string().max(100),
      note: z.string().max(2000).optional(),
    }),
    response: approvalSchema,
  }),
};
