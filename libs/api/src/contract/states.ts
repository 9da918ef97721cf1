import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";

export const stateSchema = z.object({
  id: z.string(),
  installId: z.string(),
  target: z.string().describe("`sandbox` or `component:<name>`"),
  version: z.number().int().describe("Counts up per target"),
  serial: z.number().int().describe("Terraform's own"),
  lineage: z.string(),
  jobId: z.string(),
  digest: z.string(),
  size: z.number().int().describe("Bytes"),
  createdAt: timestamp,
});

const lockSchema = z.object({
  target: z.string(),
  lockId: z.string(),
  jobId: z.string(),
  epoch: z.number().int(),
  who: z.string().optional(),
  operation: z.string().optional(),
  since: timestamp,
});

const install = z.object({ installId: z.string().max(64) });
const state = z.object({ stateId: z.string().max(64) });

export const statesContract = {
  "states.list": route({
    method: "GET",
    path: "/v1/installs/:installId/terraform-states",
    tag: "states",
    summary: "List an install's Terraform state versions, newest first",
    params: install,
    query: pageQuery.extend({ target: z.string().max(256).optional() }),
    body: none,
    response: pageOf(stateSchema),
  }),
  "states.get": route({
    method: "GET",
    path: "/v1/terraform-states/:stateId",
    tag: "states",
    summary: "Get a state version without its content",
    params: state,
    query: none,
    body: none,
    response: stateSchema,
  }),
  "states.download": route({
    method: "GET",
    path: "/v1/terraform-states/:stateId/content",
    tag: "states",
    summary: "Download a state version",
    description: "A state holds secrets in the clear: each download stands in the audit trail.",
    params: state,
    query: none,
    body: none,
    response: z.unknown().describe("The Terraform state, as it was stored"),
  }),
  "states.locks": route({
    method: "GET",
    path: "/v1/installs/:installId/terraform-locks",
    tag: "states",
    summary: "List the locks that are held on an install's states",
    params: install,
    query: none,
    body: none,
    response: z.object({ items: z.array(lockSchema) }),
  }),
  "states.forceUnlock": route({
    method: "POST",
    path: "/v1/installs/:installId/terraform-locks/force-unlock",
    tag: "states",
    summary: "Release a lock whose job will not release it",
    description: "Refused while a runner is at work on the job that holds the lock. The reason stands in the audit trail.",
    params: install,
    query: none,
    body: z.object({
      target: z.string().max(256),
      lockId: z.string().max(128),
      reason: z.string().trim().min(1).max(1000),
    }),
    response: none,
    status: 204,
  }),
};
