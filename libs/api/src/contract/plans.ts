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

const plan = z.object({ planId: z.string().max(64) });

export const plansContract = {
  "plans.get": route({
    method: "GET",
    path: "/v1/plans/:planId",
    tag: "plans",
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
    summary: "Get what a plan would change",
    description:
      "The parts of `terraform show -json` that tell it: resource changes, drift and output changes, with sensitive values masked.",
    params: plan,
    query: none,
    body: none,
    response: z.object({
      format_version: z.unknown().optional(),
      terraform_version: z.unknown().optional(),
      errored: z.unknown().optional(),
      resource_changes: z.array(z.unknown()),
      resource_drift: z.array(z.unknown()),
      output_changes: z.record(z.string(), z.unknown()),
    }),
  }),
};
