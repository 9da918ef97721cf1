import { z } from "zod";
import { route } from "../route.ts";
import { componentHealthSchema, verdictSchema } from "./health.ts";
import { installSettingsSchema, optionalOf } from "./install-settings.ts";
import { tokenSchema } from "./tokens.ts";
import { none, pageOf, pageQuery, timestamp, waitingSchema } from "../shapes.ts";

const inputValues = z.record(z.string().max(200), z.unknown()).describe("Input values by name; text is parsed to the input's type");

export const targetSchema = z.object({
  target: z.string().describe("`sandbox` or `component:<name>`"),
  state: z.enum(["pending", "active", "error", "inactive"]),
  buildId: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).describe("Outputs of the last apply, without sensitive ones"),
  sensitiveOutputs: z.array(z.string()).describe("Names of outputs whose values are kept encrypted"),
  updatedAt: timestamp,
});

export const checkHealthSchema = z.object({
  action: z.string(),
  health: z.enum(["healthy", "unhealthy", "unknown"]),
  since: timestamp.optional().describe("Since when it is in this health"),
  why: z.string(),
  lastRunId: z.string().optional(),
  lastRunAt: timestamp.optional(),
});

/** How an install is. */
export const healthSummarySchema = z.object({
  health: verdictSchema.describe("The worst of the components, and of the checks that judge none of them"),
  since: timestamp.optional(),
  why: z.string(),
});

export const healthSchema = healthSummarySchema.extend({
  checks: z.array(checkHealthSchema),
  components: z.array(componentHealthSchema).describe("Those that something checks"),
});

export const installSchema = z.object({
  id: z.string(),
  name: z.string(),
  appId: z.string(),
  appConfigId: z.string().describe("The app config version the install is pinned to"),
  state: z.enum(["created", "provisioning", "active", "error", "deprovisioning", "deprovisioned"]),
  approveAll: z.boolean(),
  labels: z.record(z.string(), z.string()),
  createdAt: timestamp,
});

/** An install in a list of them. */
export const installListedSchema = installSchema.extend({ health: healthSummarySchema });

export const installDetailSchema = installSchema.extend({
  targets: z.array(targetSchema),
  disabled: z.array(z.string()).describe("Toggleable components that are turned off"),
  overridden: z.array(z.string()).describe("Components whose config this install sets something over"),
  health: healthSchema,
  runners: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z.string(),
      version: z.string().optional(),
      tools: z.record(z.string(), z.string()).optional().describe("Programs it found, with version, when it last connected"),
      lastSeenAt: timestamp.optional(),
    }),
  ),
  workflows: z
    .array(z.object({ id: z.string(), operation: z.string(), state: z.string(), waiting: waitingSchema.optional() }))
    .describe("Workflows that have not ended, oldest first"),
});

/** What to hand to the customer: either form enrols a runner once, with a token that expires. */
export const enrolmentSchema = z.object({
  runnerId: z.string(),
  token: z.string(),
  commandLine: z.string(),
  dockerRun: z.string(),
});

const install = z.object({ installId: z.string() });

export const readmeSchema = z.object({ markdown: z.string(), missing: z.array(z.string()).describe("What was not known") });

export const installsContract = {
  "installs.create": route({
    method: "POST",
    path: "/v1/installs",
    tag: "installs",
    summary: "Create an install of an app",
    description: "Checks the inputs against the app config and answers with what to hand to the customer. Nothing is deployed yet.",
    params: none,
    query: none,
    body: z.object({
      appId: z.string(),
      name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "must be lower-case letters, digits, '.', '_' or '-'; at most 63"),
      appConfigId: z.string().optional().describe("Default: the app's newest config"),
      inputs: inputValues.default({}),
      labels: z.record(z.string().max(63), z.string().max(255)).default({}),
      approveAll: z.boolean().default(false).describe("Approve every plan of this install without asking"),
    }),
    response: z.object({ install: installSchema, enrolment: enrolmentSchema }),
    status: 201,
  }),
  "installs.list": route({
    method: "GET",
    path: "/v1/installs",
    tag: "installs",
    customer: true,
    summary: "List installs, newest first; a customer's token has one",
    params: none,
    query: pageQuery.extend({
      appId: z.string().optional(),
      name: z.string().optional(),
      labels: z.string().max(1000).optional().describe("A label selector: `tier=gold,region in (eu,us),!beta`"),
    }),
    body: none,
    response: pageOf(installListedSchema),
  }),
  "installs.get": route({
    method: "GET",
    path: "/v1/installs/:installId",
    tag: "installs",
    customer: true,
    summary: "Get an install: what stands, its health, its runners and what is under way",
    params: install,
    query: none,
    body: none,
    response: installDetailSchema,
  }),
  "installs.health": route({
    method: "GET",
    path: "/v1/installs/:installId/health",
    tag: "installs",
    customer: true,
    summary: "Get an install's health, and the verdicts on its components and of its checks",
    params: install,
    query: none,
    body: none,
    response: healthSchema,
  }),
  "installs.setApproveAll": route({
    method: "PUT",
    path: "/v1/installs/:installId/approve-all",
    tag: "installs",
    summary: "Turn approve-all of an install on or off",
    description: "Turning it on also approves the plans that wait now.",
    params: install,
    query: none,
    body: z.object({ enabled: z.boolean() }),
    response: installSchema,
  }),
  "installs.labels.set": route({
    method: "PATCH",
    path: "/v1/installs/:installId/labels",
    tag: "installs",
    summary: "Set and take away labels; the others stay",
    params: install,
    query: none,
    body: z.object({
      set: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_./-]{0,62}$/), z.string().max(255)).default({}),
      unset: z.array(z.string()).default([]),
    }),
    response: installSchema,
  }),
  "installs.settings.get": route({
    method: "GET",
    path: "/v1/installs/:installId/settings",
    tag: "installs",
    summary: "Get how changes of an install are controlled",
    params: install,
    query: none,
    body: none,
    response: installSettingsSchema,
  }),
  "installs.settings.update": route({
    method: "PATCH",
    path: "/v1/installs/:installId/settings",
    tag: "installs",
    summary: "Change how changes of an install are controlled; what is left out stays, null goes back to the default",
    params: install,
    query: none,
    body: z.object(optionalOf(installSettingsSchema.shape)),
    response: installSettingsSchema,
  }),
  "installs.customerTokens.create": route({
    method: "POST",
    path: "/v1/installs/:installId/customer-tokens",
    tag: "installs",
    summary: "Make a token for the customer of an install",
    description:
      "Whoever holds it sees this install's workflows, plans and logs and decides on its plans, and nothing else. `secret` is shown in this answer and never again. It is listed and revoked with the other tokens.",
    params: install,
    query: none,
    body: z.object({ name: z.string().trim().min(1).max(100), expiresInDays: z.number().int().min(1).max(3650).optional() }),
    response: z.object({ token: tokenSchema, secret: z.string() }),
    status: 201,
  }),
  "installs.forget": route({
    method: "POST",
    path: "/v1/installs/:installId/forget",
    tag: "installs",
    summary: "Drop an install from the lists without touching what it runs",
    description:
      "Ends its schedules and cancels its workflows. Resources in the customer's account stay: deprovision first to remove them.",
    params: install,
    query: none,
    body: z.object({ name: z.string().describe("The install's name, as a confirmation") }),
    response: installSchema,
  }),
  "installs.inputs.get": route({
    method: "GET",
    path: "/v1/installs/:installId/inputs",
    tag: "installs",
    summary: "Get an install's inputs; sensitive values are not shown",
    params: install,
    query: none,
    body: none,
    response: z.object({
      version: z.number().int(),
      values: z.record(z.string(), z.unknown()),
      sensitive: z.array(z.string()).describe("Names of inputs that are set and whose values are kept encrypted"),
      createdBy: z.string(),
      createdAt: timestamp,
    }),
  }),
  "installs.inputs.update": route({
    method: "PATCH",
    path: "/v1/installs/:installId/inputs",
    tag: "installs",
    summary: "Change inputs and redeploy what they reach",
    description:
      "Stores a new version of the inputs and starts an input_update workflow with the names that changed. `null` sets an input back to its default.",
    params: install,
    query: none,
    body: z.object({
      values: inputValues,
      deploy: z.boolean().default(true).describe("Start the workflow; false only stores the values"),
      planOnly: z.boolean().default(false),
      approveAll: z.boolean().default(false),
    }),
    response: z.object({ version: z.number().int(), changed: z.array(z.string()), workflowId: z.string().optional() }),
  }),
  "installs.state.get": route({
    method: "GET",
    path: "/v1/installs/:installId/state",
    tag: "installs",
    summary: "Get the state tree that templates read, without sensitive values",
    params: install,
    query: z.object({ version: z.coerce.number().int().positive().optional() }),
    body: none,
    response: z.object({
      version: z.number().int(),
      digest: z.string(),
      cause: z.string(),
      createdAt: timestamp,
      content: z.record(z.string(), z.unknown()),
    }),
  }),
  "installs.state.diff": route({
    method: "GET",
    path: "/v1/installs/:installId/state/diff",
    tag: "installs",
    summary: "Tell what changed between two versions of an install's state",
    params: install,
    query: z.object({
      from: z.coerce.number().int().positive().optional().describe("Default: the version before `to`"),
      to: z.coerce.number().int().positive().optional().describe("Default: the newest"),
    }),
    body: none,
    response: z.object({
      from: z.number().int(),
      to: z.number().int(),
      cause: z.string().describe("Why version `to` was made"),
      differences: z.array(
        z.object({ path: z.string().describe("JSON pointer"), before: z.unknown().optional(), after: z.unknown().optional() }),
      ),
    }),
  }),
  "installs.readme": route({
    method: "GET",
    path: "/v1/installs/:installId/readme",
    tag: "installs",
    summary: "Get the app's README, rendered for an install",
    description: "A value that is not known yet, or kept secret, becomes a visible mark.",
    customer: true,
    params: install,
    query: none,
    body: none,
    response: readmeSchema,
  }),
  "installs.state.versions": route({
    method: "GET",
    path: "/v1/installs/:installId/state/versions",
    tag: "installs",
    summary: "List the versions of an install's state, newest first",
    params: install,
    query: pageQuery,
    body: none,
    response: pageOf(z.object({ version: z.number().int(), digest: z.string(), cause: z.string(), createdAt: timestamp })),
  }),
};
