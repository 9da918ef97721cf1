import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp, waitingSchema } from "../shapes.ts";

export const ringSchema = z.object({
  name: z.string().min(1).max(100),
  installs: z.array(z.string()).max(1000).optional().describe("Names or ids"),
  labels: z.string().max(1000).optional().describe("A label selector: `tier=canary`"),
  percent: z.number().int().min(1).max(100).optional().describe("So much of what is left, by name; all of it without any choice"),
  maxParallel: z.number().int().min(1).max(500).default(5).describe("Installs that are changed at once"),
  maxFailures: z.number().int().min(0).max(1000).default(0).describe("With more failed installs than this the rollout pauses"),
  needsApproval: z.boolean().default(false).describe("Waits for a person before it begins"),
  healthySeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(0)
    .describe("Begins when the ring before has been healthy for so long after its last install"),
  giveUpSeconds: z
    .number()
    .int()
    .min(60)
    .max(30 * 86_400)
    .default(86_400)
    .describe("An install that has not ended by then counts as failed; its workflow is left alone"),
});

export const rolloutInstallStates = ["pending", "running", "succeeded", "failed", "skipped", "rolling_back", "rolled_back"] as const;
export const rolloutStates = ["running", "paused", "halted", "succeeded"] as const;

export const rolloutSchema = z.object({
  id: z.string(),
  appId: z.string(),
  appConfigId: z.string(),
  version: z.number().int(),
  state: z.enum(rolloutStates),
  why: z.string().optional().describe("Why it is paused or halted"),
  createdBy: z.string(),
  createdAt: timestamp,
  finishedAt: timestamp.optional(),
});

export const rolloutDetailSchema = rolloutSchema.extend({
  waiting: waitingSchema.optional(),
  rings: z.array(
    ringSchema.extend({
      state: z.enum(["waiting", "running", "done"]),
      installs: z.array(
        z.object({
          installId: z.string(),
          name: z.string(),
          state: z.enum(rolloutInstallStates),
          workflowId: z.string().optional(),
          note: z.string().optional(),
          waiting: waitingSchema.optional(),
        }),
      ),
    }),
  ),
});

const rollout = z.object({ rolloutId: z.string() });
const change = z.object({ why: z.string().max(500).default("") });
const body = z.object({
  appId: z.string().describe("Id or name"),
  appConfig: z.string().default("latest").describe("`latest`, or a version or id"),
  rings: z.array(ringSchema).min(1).max(50),
  approveAll: z.boolean().default(false).describe("Approve every plan without asking; otherwise each waits as its install's settings say"),
});

const verb = (name: string, summary: string) =>
  route({
    method: "POST",
    path: `/v1/rollouts/:rolloutId/${name}`,
    tag: "rollouts",
    summary,
    params: rollout,
    query: none,
    body: change,
    response: rolloutDetailSchema,
  });
const onInstall = (name: string, summary: string) =>
  route({
    method: "POST",
    path: `/v1/rollouts/:rolloutId/installs/:installId/${name}`,
    tag: "rollouts",
    summary,
    params: rollout.extend({ installId: z.string() }),
    query: none,
    body: change,
    response: rolloutDetailSchema,
  });
const onRing = (name: string, summary: string) =>
  route({
    method: "POST",
    path: `/v1/rollouts/:rolloutId/rings/:ring/${name}`,
    tag: "rollouts",
    summary,
    params: rollout.extend({ ring: z.coerce.number().int().min(1).describe("Counts from 1") }),
    query: none,
    body: change,
    response: rolloutDetailSchema,
  });

export const rolloutsContract = {
  "rollouts.create": route({
    method: "POST",
    path: "/v1/rollouts",
    tag: "rollouts",
    summary: "Bring one app config to many installs, ring after ring",
    params: none,
    query: none,
    body,
    response: rolloutDetailSchema,
    status: 201,
  }),
  "rollouts.preview": route({
    method: "POST",
    path: "/v1/rollouts/preview",
    tag: "rollouts",
    summary: "Show which installs a rollout would take in which ring, without starting it",
    params: none,
    query: none,
    body,
    response: z.object({
      version: z.number().int(),
      rings: z.array(z.object({ name: z.string(), installs: z.array(z.object({ installId: z.string(), name: z.string() })) })),
      left: z.array(z.object({ installId: z.string(), name: z.string() })).describe("Installs of the app that no ring takes"),
    }),
  }),
  "rollouts.list": route({
    method: "GET",
    path: "/v1/rollouts",
    tag: "rollouts",
    summary: "List rollouts, newest first",
    params: none,
    query: pageQuery,
    body: none,
    response: pageOf(rolloutSchema),
  }),
  "rollouts.get": route({
    method: "GET",
    path: "/v1/rollouts/:rolloutId",
    tag: "rollouts",
    summary: "Get a rollout with its rings, its installs, and why each waits",
    params: rollout,
    query: none,
    body: none,
    response: rolloutDetailSchema,
  }),
  "rollouts.pause": verb("pause", "Start no more installs; those under way go on"),
  "rollouts.resume": verb("resume", "Go on"),
  "rollouts.halt": verb("halt", "End the rollout: nothing more starts, and what waits in workflows of it is cancelled"),
  "rollouts.approveRing": onRing("approve", "Let a ring begin that waits for a person"),
  "rollouts.rollBackRing": onRing("rollback", "Pause, and bring a ring's installs back to the app config they had"),
  "rollouts.skipInstall": onInstall("skip", "Go on without an install"),
  "rollouts.retryInstall": onInstall("retry", "Start an install again that failed or was skipped"),
};
