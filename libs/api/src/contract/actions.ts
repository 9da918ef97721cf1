import { z } from "zod";
import { route } from "../route.ts";
import { failureSchema, none, pageOf, pageQuery, timestamp } from "../shapes.ts";
import { checkHealthSchema } from "./installs.ts";

export const actionRunSchema = z.object({
  id: z.string(),
  installId: z.string(),
  action: z.string(),
  trigger: z.string().describe("`manual`, `cron`, or a lifecycle event such as `post-provision`"),
  state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
  workflowId: z.string().optional(),
  jobId: z.string().optional(),
  logStreamId: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  failure: failureSchema.optional(),
  createdAt: timestamp,
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});

export const installActionSchema = z.object({
  name: z.string(),
  triggers: z.array(z.object({ type: z.string(), cron: z.string().optional(), component: z.string().optional() })),
  nextTickAt: timestamp.optional().describe("When its cron schedule is due next"),
  isHealthCheck: z.boolean(),
  health: checkHealthSchema.optional(),
  lastRun: actionRunSchema.optional(),
});

const install = z.object({ installId: z.string() });

export const actionsContract = {
  "actions.list": route({
    method: "GET",
    path: "/v1/installs/:installId/actions",
    tag: "actions",
    summary: "List an install's actions with their schedules, last runs and health",
    params: install,
    query: none,
    body: none,
    response: z.object({ items: z.array(installActionSchema) }),
  }),
  "actions.run": route({
    method: "POST",
    path: "/v1/installs/:installId/actions/:action/runs",
    tag: "actions",
    summary: "Run an action now",
    params: install.extend({ action: z.string() }),
    query: none,
    body: z.object({
      env: z.record(z.string().max(200), z.string().max(32_768)).default({}).describe("Wins over the action's own variables"),
    }),
    response: actionRunSchema,
    status: 201,
  }),
  "actions.runs.list": route({
    method: "GET",
    path: "/v1/installs/:installId/action-runs",
    tag: "actions",
    summary: "List action runs, newest first",
    params: install,
    query: pageQuery.extend({ action: z.string().optional() }),
    body: none,
    response: pageOf(actionRunSchema),
  }),
  "actions.runs.get": route({
    method: "GET",
    path: "/v1/action-runs/:runId",
    tag: "actions",
    summary: "Get an action run",
    params: z.object({ runId: z.string() }),
    query: none,
    body: none,
    response: actionRunSchema,
  }),
};
