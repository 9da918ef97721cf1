import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp, waitingSchema } from "../shapes.ts";

const stateSchema = z.enum(["enrolling", "online", "offline", "disabled", "revoked"]);

export const runnerSchema = z.object({
  id: z.string(),
  installId: z.string(),
  name: z.string(),
  state: stateSchema,
  slots: z.number().int().describe("How many jobs it runs at a time"),
  draining: z.boolean().describe("It finishes what it has and takes nothing new"),
  version: z.string().optional(),
  capabilities: z
    .object({
      os: z.string(),
      arch: z.string(),
      node: z.string(),
      kinds: z.array(z.string()),
      tools: z.record(z.string(), z.string()),
      probes: z.array(z.string()).optional(),
    })
    .optional(),
  lastSeenAt: timestamp.optional(),
  disabledBy: z.string().optional(),
  createdAt: timestamp,
  waiting: waitingSchema.optional().describe("Why it gets no work"),
});

const runnerDetailSchema = runnerSchema.extend({
  session: z.object({ id: z.string(), replicaId: z.string(), remoteAddr: z.string().optional(), connectedAt: timestamp }).optional(),
  jobs: z
    .array(z.object({ id: z.string(), kind: z.string(), target: z.string().optional(), state: z.string(), createdAt: timestamp }))
    .describe("What it has and what waits for it, oldest first, at most 200"),
});

const runner = z.object({ runnerId: z.string().max(64) });
const switched = z.object({ state: stateSchema });

export const runnersContract = {
  "runners.list": route({
    method: "GET",
    path: "/v1/runners",
    tag: "runners",
    summary: "List runners, newest first",
    params: none,
    query: pageQuery.extend({ installId: z.string().max(64).optional(), state: stateSchema.optional() }),
    body: none,
    response: pageOf(runnerSchema),
  }),
  "runners.get": route({
    method: "GET",
    path: "/v1/runners/:runnerId",
    tag: "runners",
    summary: "Get a runner with its session and its jobs",
    params: runner,
    query: none,
    body: none,
    response: runnerDetailSchema,
  }),
  "runners.createEnrolmentToken": route({
    method: "POST",
    path: "/v1/runners/:runnerId/enrolment-tokens",
    tag: "runners",
    summary: "Make a new one-time enrolment token",
    description: "Earlier ones that were not used stop working. `token` is shown in this answer and never again.",
    params: runner,
    query: none,
    body: none,
    response: z.object({ token: z.string(), expiresAt: timestamp }),
    status: 201,
  }),
  "runners.disable": route({
    method: "POST",
    path: "/v1/runners/:runnerId/disable",
    tag: "runners",
    summary: "Disable a runner: its session ends and it gets no work until it is enabled",
    params: runner,
    query: none,
    body: none,
    response: switched,
  }),
  "runners.enable": route({
    method: "POST",
    path: "/v1/runners/:runnerId/enable",
    tag: "runners",
    summary: "Enable a disabled runner",
    params: runner,
    query: none,
    body: none,
    response: switched,
  }),
  "runners.revoke": route({
    method: "POST",
    path: "/v1/runners/:runnerId/revoke",
    tag: "runners",
    summary: "Revoke a runner, at once and for good",
    description: "What was queued for it goes to another runner of the install, when there is one.",
    params: runner,
    query: none,
    body: none,
    response: switched,
  }),
};
