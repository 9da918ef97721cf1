import { z } from "zod";
import { route } from "../route.ts";
import { failureSchema, none, pageOf, pageQuery, timestamp, waitingSchema } from "../shapes.ts";

const appConfig = z
  .string()
  .default("pinned")
  .describe(
    "`pinned` (what the install runs), `latest`, `previous` (what it ran before), or a version or id of an app config; anything but `pinned` moves the install's pin",
  );
const components = z.array(z.string().max(200)).max(500);
const skipComponents = z.boolean().default(false).describe("Leave the components alone");

/** What a workflow does. */
export const operationSchema = z.discriminatedUnion("type", [
  z
    .object({ type: z.literal("provision"), appConfig })
    .describe("Sandbox, then every component in dependency order, then post-provision actions"),
  z
    .object({ type: z.literal("reprovision"), skipComponents, appConfig })
    .describe("Brings the sandbox and every component up to what the config says"),
  z
    .object({ type: z.literal("reprovision_sandbox"), skipComponents, appConfig })
    .describe("Brings the sandbox up to what the config says, then the components in it"),
  z
    .object({
      type: z.literal("deploy"),
      components: components.min(1),
      withDependents: z.boolean().default(false),
      builds: z
        .record(z.string(), z.string())
        .default({})
        .describe("By component: the id of a build to deploy instead of the config's, or `previous` for what stood before"),
      appConfig,
    })
    .describe("Components, and on demand all that depend on them"),
  z.object({ type: z.literal("deploy_all"), appConfig }).describe("Every component, in dependency order"),
  z
    .object({ type: z.literal("upgrade"), appConfig: appConfig.removeDefault().default("latest") })
    .describe("Moves the install to an app config and deploys what changed, what depends on that, and what failed or does not stand"),
  z
    .object({ type: z.literal("input_update"), changed: z.array(z.string()).min(1) })
    .describe("What these inputs reach; the sandbox when it is reached"),
  z
    .object({ type: z.literal("teardown"), components: components.min(1), withDependents: z.boolean().default(false) })
    .describe("Removes components; refused while what depends on them stands, unless `withDependents` takes that along"),
  z.object({ type: z.literal("teardown_all") }).describe("Removes every component; the sandbox stays"),
  z.object({ type: z.literal("deprovision") }).describe("Removes every component in reverse order, the sandbox last"),
  z.object({ type: z.literal("deprovision_sandbox") }).describe("Removes the sandbox; refused while components stand in it"),
  z
    .object({ type: z.literal("component_toggle"), enable: components.default([]), disable: components.default([]) })
    .describe("Turns toggleable components on, which deploys them, and off, which removes them"),
  z
    .object({ type: z.literal("drift_check"), targets: z.array(z.string().max(300)).max(500).default([]) })
    .describe(
      "Plans what stands, as it was deployed, and records what is different; all of it unless `targets` (`sandbox`, `component:<name>`) are named",
    ),
  z
    .object({ type: z.literal("secrets_sync") })
    .describe(
      "Reads the install's secrets where the customer keeps them and writes them into the cluster; with `planOnly` it only looks which are there and what would change",
    ),
  z
    .object({ type: z.literal("action_run"), action: z.string(), env: z.record(z.string(), z.string()).default({}) })
    .describe("Runs one action; `env` wins over the action's own variables"),
  z
    .object({
      type: z.literal("runbook_run"),
      runbook: z.string(),
      inputs: z.record(z.string().max(200), z.unknown()).default({}).describe("Values of the runbook's inputs"),
      skip: z.array(z.string()).default([]).describe("Names of its steps to leave out"),
    })
    .describe("Does the steps of a runbook, one after the other"),
]);

export const workflowStates = ["queued", "running", "awaiting_approval", "succeeded", "failed", "cancelled"] as const;
export const stepStates = [
  "pending",
  "running",
  "awaiting_approval",
  "succeeded",
  "failed",
  "denied",
  "skipped",
  "not_attempted",
  "cancelled",
] as const;

/** What a plan would change, in numbers. */
export const planNumbersSchema = z.object({
  digest: z.string(),
  hasChanges: z.boolean(),
  create: z.number(),
  update: z.number(),
  replace: z.number(),
  delete: z.number(),
  drifted: z.number().optional().describe("Objects that are otherwise than they were left, whether the plan changes them or not"),
  outputsChanged: z.array(z.string()),
});

export const stepSchema = z.object({
  id: z.string(),
  index: z.number().int(),
  key: z.string().describe("Stable name inside the workflow, e.g. `component:db/plan`"),
  kind: z
    .string()
    .describe(
      "`sandbox.plan`, `sandbox.apply`, `component.plan`, `component.apply`, `component.sync` (an image is copied), `component.verify` (it waits for health), `secrets.sync` or `action`",
    ),
  target: z.string().optional(),
  destroy: z.boolean(),
  needs: z.array(z.string()).describe("Keys of the steps that must be done first"),
  state: z.enum(stepStates),
  attempt: z.number().int(),
  retryable: z.boolean(),
  skippable: z.boolean(),
  jobId: z.string().optional(),
  jobState: z.string().optional(),
  logStreamId: z.string().optional(),
  approvalId: z.string().optional(),
  planId: z.string().optional(),
  plan: planNumbersSchema.optional(),
  failure: failureSchema.optional(),
  waiting: waitingSchema.optional(),
  note: z.string().optional(),
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});

export const workflowSchema = z.object({
  id: z.string(),
  installId: z.string(),
  appConfigId: z.string(),
  operation: z.string(),
  params: z.record(z.string(), z.unknown()),
  planOnly: z.boolean(),
  approveAll: z.boolean(),
  state: z.enum(workflowStates),
  failure: failureSchema.optional(),
  waiting: waitingSchema.optional(),
  createdBy: z.string(),
  createdAt: timestamp,
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});

export const workflowDetailSchema = workflowSchema.extend({
  done: z.array(z.string()).describe("What it has changed so far, in words: what a cancellation or a failure leaves behind"),
  steps: z.array(stepSchema),
});

/** A step as it will be, before the workflow exists. */
export const plannedStepSchema = z.object({
  key: z.string(),
  kind: z
    .string()
    .describe(
      "`sandbox.plan`, `sandbox.apply`, `component.plan`, `component.apply`, `component.sync` (an image is copied), `component.verify` (it waits for health), `secrets.sync` or `action`",
    ),
  target: z.string().optional(),
  destroy: z.boolean(),
  needs: z.array(z.string()),
  skip: z.string().optional().describe("Why the step will be skipped"),
});

const startBody = z.object({
  operation: operationSchema,
  planOnly: z.boolean().default(false),
  approveAll: z.boolean().default(false),
  now: z.string().min(1).max(500).optional().describe("Why it does not wait for the install's maintenance window"),
});
const workflow = z.object({ workflowId: z.string() });
const step = workflow.extend({ stepId: z.string() });

export const workflowsContract = {
  "workflows.start": route({
    method: "POST",
    path: "/v1/installs/:installId/workflows",
    tag: "workflows",
    summary: "Start an operation on an install",
    params: z.object({ installId: z.string() }),
    query: none,
    body: startBody,
    response: workflowDetailSchema,
    status: 201,
  }),
  "workflows.preview": route({
    method: "POST",
    path: "/v1/installs/:installId/workflows/preview",
    tag: "workflows",
    summary: "Show the steps an operation would have, without starting it",
    params: z.object({ installId: z.string() }),
    query: none,
    body: startBody,
    response: z.object({ steps: z.array(plannedStepSchema) }),
  }),
  "workflows.list": route({
    method: "GET",
    path: "/v1/workflows",
    tag: "workflows",
    customer: true,
    summary: "List workflows, newest first",
    params: none,
    query: pageQuery.extend({ installId: z.string().optional(), state: z.enum([...workflowStates, "open"]).optional() }),
    body: none,
    response: pageOf(workflowSchema),
  }),
  "workflows.get": route({
    method: "GET",
    path: "/v1/workflows/:workflowId",
    tag: "workflows",
    customer: true,
    summary: "Get a workflow with its steps",
    params: workflow,
    query: none,
    body: none,
    response: workflowDetailSchema,
  }),
  "workflows.explain": route({
    method: "GET",
    path: "/v1/workflows/:workflowId/explain",
    tag: "workflows",
    customer: true,
    summary: "Tell why a workflow and each of its unfinished steps waits, and what would make it go on",
    params: workflow,
    query: none,
    body: none,
    response: z.object({
      workflowId: z.string(),
      state: z.enum(workflowStates),
      waiting: waitingSchema.optional(),
      steps: z.array(z.object({ stepId: z.string(), key: z.string(), state: z.enum(stepStates), waiting: waitingSchema })),
    }),
  }),
  "workflows.cancel": route({
    method: "POST",
    path: "/v1/workflows/:workflowId/cancel",
    tag: "workflows",
    summary: "Cancel a workflow: nothing new starts, running jobs are stopped",
    params: workflow,
    query: none,
    body: z.object({ reason: z.string().max(500).default("") }),
    response: workflowDetailSchema,
  }),
  "workflows.setApproveAll": route({
    method: "PUT",
    path: "/v1/workflows/:workflowId/approve-all",
    tag: "workflows",
    summary: "Turn approve-all of a workflow on or off",
    params: workflow,
    query: none,
    body: z.object({ enabled: z.boolean() }),
    response: workflowDetailSchema,
  }),
  "workflows.retryStep": route({
    method: "POST",
    path: "/v1/workflows/:workflowId/steps/:stepId/retry",
    tag: "workflows",
    summary: "Try a failed or denied step again; an apply gets a new plan and a new approval",
    params: step,
    query: none,
    body: none,
    response: workflowDetailSchema,
  }),
  "workflows.skipStep": route({
    method: "POST",
    path: "/v1/workflows/:workflowId/steps/:stepId/skip",
    tag: "workflows",
    summary: "Go on without a failed step, where that is allowed",
    params: step,
    query: none,
    body: z.object({ note: z.string().max(500).default("") }),
    response: workflowDetailSchema,
  }),
};
