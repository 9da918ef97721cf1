import { z } from "zod";
import { reference, repoSource, stringMap } from "./common.ts";
import { health } from "./components.ts";
import { inputTypes } from "./inputs.ts";
import { nestedStack } from "./platform.ts";

export const install = z.object({
  file: z.string(),
  name: z.string(),
  approvalOption: z.enum(["approve-all", "prompt"]).optional(),
  labels: stringMap,
  awsAccount: z.object({ region: z.string(), accountId: z.string().optional() }).optional(),
  gcpAccount: z.object({ projectId: z.string().optional(), region: z.string().optional() }).optional(),
  azureAccount: z.object({ location: z.string(), subscriptionId: z.string().optional() }).optional(),
  inputs: stringMap,
  stackOverrides: z
    .object({
      vpcNestedTemplateUrl: z.string().optional(),
      runnerNestedTemplateUrl: z.string().optional(),
      customNestedStacks: z.array(nestedStack),
    })
    .optional(),
  componentToggles: z.record(z.string(), z.boolean()),
  components: z.record(
    z.string(),
    z.object({
      helmValues: z.string().optional(),
      tfVars: z.string().optional(),
      pulumiConfig: stringMap.optional(),
      health: health.optional(),
    }),
  ),
  telemetry: z.object({ enabled: z.boolean() }).optional(),
});
/** One install as the vendor's repository describes it. */
export type Install = z.infer<typeof install>;

const installGroup = z.object({
  name: z.string(),
  order: z.number().int(),
  installIds: z.array(z.string()),
  installNames: z.array(z.string()),
  labelSelector: stringMap,
  autoApproveOnPoliciesPassing: z.boolean(),
  default: z.boolean(),
  useForPreviews: z.boolean(),
});

export const branch = z.object({
  file: z.string(),
  name: z.string(),
  repo: repoSource.optional(),
  installGroups: z.array(installGroup),
  preview: z
    .object({
      mode: z.enum(["plan-only", "apply", "build-only"]),
      installId: z.string().optional(),
      installName: z.string().optional(),
      labelSelector: stringMap,
      setStatuses: z.boolean(),
      comment: z.boolean(),
      ignoreDrafts: z.boolean(),
      react: z.boolean(),
    })
    .optional(),
  postDeployRunbooks: z.array(z.string()),
  ignoreChangesRegex: z.string().optional(),
  sendStatusesOnIgnore: z.boolean(),
  installsDirectory: z.string().optional(),
  installsRepo: repoSource.optional(),
  runMode: z.string().optional(),
});
/** A git branch and the order in which its changes reach installs. */
export type Branch = z.infer<typeof branch>;

export const runbookInput = z.object({
  name: z.string(),
  displayName: z.string().optional(),
  description: z.string().optional(),
  default: z.string().optional(),
  required: z.boolean(),
  sensitive: z.boolean(),
  type: z.enum(inputTypes),
});

export const runbookStep = z.object({
  name: z.string(),
  type: z.string(),
  componentName: z.string().optional(),
  deployDependents: z.boolean(),
  tearDownDependents: z.boolean(),
  skipComponentDeploys: z.boolean(),
  actionName: z.string().optional(),
  command: z.string().optional(),
  inlineContents: z.string().optional(),
  envVars: stringMap,
  timeoutSeconds: z.number().optional(),
  role: z.string().optional(),
  repo: repoSource.optional(),
});

export const runbook = z.object({
  file: z.string(),
  name: z.string(),
  description: z.string().optional(),
  readme: z.string().optional(),
  labels: stringMap,
  inputs: z.array(runbookInput),
  steps: z.array(runbookStep),
  references: z.array(reference),
});
/** Several steps that a person starts as one. */
export type Runbook = z.infer<typeof runbook>;

export const triggerRule = z.object({
  file: z.string(),
  name: z.string(),
  trigger: z.string(),
  eventTypes: z.array(z.string()),
  matchAll: z.boolean(),
  filters: z.array(z.object({ from: z.enum(["payload", "headers"]), path: z.string(), op: z.string(), value: z.string().optional() })),
  target: z.object({
    type: z.enum(["runbook", "app_branch_run"]),
    runbook: z.string().optional(),
    install: z.string().optional(),
    appBranch: z.string().optional(),
    inputs: stringMap,
  }),
});
/** An inbound webhook that starts a runbook or a branch run. */
export type TriggerRule = z.infer<typeof triggerRule>;
