import { z } from "zod";
import { route } from "../route.ts";
import { failureSchema, none, pageOf, pageQuery, timestamp, waitingSchema } from "../shapes.ts";

const stateSchema = z.enum(["queued", "assigned", "running", "lost", "succeeded", "failed", "cancelled", "timed_out"]);

export const jobSchema = z.object({
  id: z.string(),
  installId: z.string(),
  runnerId: z.string(),
  workflowId: z.string().optional(),
  stepId: z.string().optional(),
  kind: z.string().describe("What it does, e.g. `terraform.plan`"),
  target: z.string().optional().describe("`sandbox` or `component:<name>`"),
  state: stateSchema,
  epoch: z.number().int().describe("Number of the current attempt; 0 before the first"),
  logStreamId: z.string().describe("Log of the current attempt"),
  planDigest: z.string().optional(),
  timeoutSeconds: z.number().int(),
  cancelReason: z.string().optional().describe("Present once a cancel was asked for"),
  failure: failureSchema.optional(),
  outputs: z.record(z.string(), z.unknown()).optional().describe("Outputs that are not sensitive"),
  createdAt: timestamp,
  assignedAt: timestamp.optional(),
  acceptedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
  waiting: waitingSchema.optional().describe("Why it does not run; absent where it does or has ended"),
});

const attemptSchema = z.object({
  epoch: z.number().int(),
  state: z.string(),
  reason: z.string().optional(),
  logStreamId: z.string().optional(),
  assignedAt: timestamp,
  acceptedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});

const job = z.object({ jobId: z.string().max(64) });

export const jobsContract = {
  "jobs.list": route({
    method: "GET",
    path: "/v1/jobs",
    tag: "jobs",
    summary: "List jobs, newest first",
    params: none,
    query: pageQuery.extend({
      installId: z.string().max(64).optional(),
      workflowId: z.string().max(64).optional(),
      runnerId: z.string().max(64).optional(),
      state: stateSchema.optional(),
    }),
    body: none,
    response: pageOf(jobSchema),
  }),
  "jobs.get": route({
    method: "GET",
    path: "/v1/jobs/:jobId",
    tag: "jobs",
    summary: "Get a job with its attempts and, while it does not run, why",
    params: job,
    query: none,
    body: none,
    response: jobSchema.extend({ attempts: z.array(attemptSchema) }),
  }),
  "jobs.cancel": route({
    method: "POST",
    path: "/v1/jobs/:jobId/cancel",
    tag: "jobs",
    summary: "Cancel a job",
    description:
      "One that no runner works on ends at once; one that runs ends when its runner has stopped it. A job that has ended stays as it is.",
    params: job,
    query: none,
    body: z.object({ reason: z.string().trim().min(1).max(1000).default("cancelled by a person") }),
    response: z.object({ state: stateSchema }),
    status: 202,
  }),
};
