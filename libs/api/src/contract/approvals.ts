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
  state: z.enum(["pending", "approved", "denied", "superseded", "expired"]),
  decision: z.string().optional(),
  decidedBy: z.string().optional(),
  decidedFrom: z.string().optional(),
  note: z.string().optional(),
  createdAt: timestamp,
  decidedAt: timestamp.optional(),
  expiresAt: timestamp.optional().describe("Until when it can be decided on"),
  policies: z
    .array(z.object({ policy: z.string(), passed: z.boolean(), why: z.string().optional() }))
    .optional()
    .describe("What the install's policies said, where the plan could have been approved by itself"),
  changes: z
    .array(z.string())
    .optional()
    .describe("What it would do otherwise than the step's plan before it; absent where it is the first, and in lists"),
  votes: z
    .array(
      z.object({
        by: z.string(),
        identity: z.string().describe("Who stands behind `by`: a token and all that it made are one identity"),
        side: z.enum(["vendor", "customer"]),
        decision: z.string(),
        digest: z.string(),
        at: timestamp,
        from: z.string().optional(),
        note: z.string().optional(),
      }),
    )
    .optional()
    .describe("Who said what, of which bytes; not in lists"),
});

const approval = z.object({ approvalId: z.string() });

export const approvalsContract = {
  "approvals.list": route({
    method: "GET",
    path: "/v1/approvals",
    tag: "approvals",
    customer: true,
    summary: "List approvals, newest first; those that wait unless asked otherwise",
    params: none,
    query: pageQuery.extend({
      state: z.enum(["pending", "approved", "denied", "superseded", "expired", "all"]).default("pending"),
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
    customer: true,
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
    customer: true,
    summary: "Approve or deny a plan by its digest",
    description:
      "`approve_all` approves this plan and every later one of the scope. A digest that is no longer current is refused with `approval_stale` and what changed. Repeating the same decision is answered as the first time.",
    params: approval,
    query: none,
    body: z.object({
      decision: z
        .enum(["approve", "approve_all", "deny", "deny_skip", "deny_skip_dependents", "replan"])
        .describe(
          "`deny` ends the workflow; `deny_skip` leaves this component as it is and goes on; `deny_skip_dependents` also leaves out what makes no sense without it; `replan` asks for a fresh plan",
        ),
      scope: z.enum(["workflow", "install"]).default("workflow").describe("What `approve_all` covers"),
      digest: z.string().max(100),
      note: z.string().max(2000).optional(),
    }),
    response: approvalSchema,
  }),
};
