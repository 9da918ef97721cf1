import { planHeaderSchema, planObjectSchema } from "@berth/plan/model";
import { z } from "zod";
import { route } from "../route.ts";
import { none, timestamp } from "../shapes.ts";

const summarySchema = z.object({
  digest: z.string(),
  size: z.number().int(),
  hasChanges: z.boolean(),
  create: z.number().int(),
  update: z.number().int(),
  replace: z.number().int(),
  delete: z.number().int(),
  outputsChanged: z.array(z.string()),
  warnings: z.array(z.object({ code: z.string(), address: z.string(), message: z.string() })).optional(),
  stateSerial: z.number().int().optional(),
  stateLineage: z.string().optional(),
});

export const planSchema = z.object({
  id: z.string(),
  installId: z.string(),
  jobId: z.string(),
  target: z.string(),
  digest: z.string().describe("Of the plan's bytes: what an approval names"),
  size: z.number().int(),
  hasDisplay: z.boolean(),
  summary: summarySchema.optional(),
  createdAt: timestamp,
});

export const planDisplaySchema = planHeaderSchema.extend({ objects: z.array(planObjectSchema) });

const plan = z.object({ planId: z.string().max(64) });

export const plansContract = {
  "plans.get": route({
    method: "GET",
    path: "/v1/plans/:planId",
    tag: "plans",
    customer: true,
    summary: "Get a plan's digest and numbers",
    params: plan,
    query: none,
    body: none,
    response: planSchema,
  }),
  "plans.display": route({
    method: "GET",
    path: "/v1/plans/:planId/display",
    tag: "plans",
    customer: true,
    summary: "Get what a plan would change",
    description:
      "Every object with its action, and its values before and after, sensitive ones masked; a summary and warnings. `Accept: application/x-ndjson` gives the header and then each object as a line of JSON.",
    params: plan,
    query: none,
    body: none,
    response: planDisplaySchema,
  }),
};
