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
  measuredOffline: z.boolean().optional().describe("The runner made it by itself while it had no link, and reported it later"),
});

export const installActionSchema = z.object({
  name: z.string(),
  triggers: z.array(z.object({ type: z.string(), cron: z.string().optional(), component: z.string().optional() })),
  nextTickAt: timestamp.optional().describe("When its cron schedule is due next"),
  offline: z
    .object({ goesOn: z.boolean(), why: z.string().optional() })
    .optional()
    .describe("Whether its schedule goes on while the runner has no link, and why not"),
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
  "actions.adhoc": route({
    method: "POST",
    path: "/v1/installs/:installId/adhoc-actions",
    tag: "actions",
    summary: "Run a command or a script once, without an app config",
    description: "Both may be templates over the install's state. Who ran what is kept; what was run is kept encrypted.",
    params: install,
    query: none,
    body: z.object({
      name: z
        .string()
        .min(1)
        .max(100)
        .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/)
        .default("command"),
      command: z
        .string()
        .max(64 * 1024)
        .optional()
        .describe("Run by a shell"),
      script: z
        .string()
        .max(256 * 1024)
        .optional()
        .describe("Its first line names the interpreter"),
      env: z.record(z.string().max(200), z.string().max(32_768)).default({}),
      timeoutSeconds: z.number().int().min(1).max(3600).default(300),
      kubeconfig: z.boolean().default(false).describe("Give it KUBECONFIG of the install's cluster"),
    }),
    response: actionRunSchema,
    status: 201,
  }),
  "actions.runs.rerun": route({
    method: "POST",
    path: "/v1/action-runs/:runId/rerun",
    tag: "actions",
    summary: "Run again what a run ran, with the same environment",
    params: z.object({ runId: z.string() }),
    query: none,
    body: none,
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
