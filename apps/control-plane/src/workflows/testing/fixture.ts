import { sha256 } from "@berth/kit/digest";
import { newId } from "@berth/kit/ids";
import type { Failure, PlanSummary } from "@berth/protocol/job-result";
import type { JobState } from "@berth/protocol/job-state";
import type { Action, AppConfig, Component, InputDefinition } from "@berth/toml-schema/app-config";
import { needsBuild } from "../../configs/targets.ts";
import type { Ctx } from "../../context.ts";
import { createInstall } from "../../installs/create.ts";
import { sealOutputs } from "../../jobs/open-outputs.ts";
import { openSpec, type SealedSpec } from "../../jobs/spec.ts";
import { createTestSystem, type TestSystem } from "../../testing/system.ts";
import { advanceWorkflow } from "../advance.ts";
import { getWorkflow } from "../get.ts";
import type { WorkflowDetail } from "../view.ts";

const repo = { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" };
const control = { maxAutoRetries: 0, skipNoops: true, autoApproveOnPoliciesPassing: false };

export type SmallComponent = {
  name: string;
  dependencies?: string[];
  vars?: Record<string, string>;
  inputs?: string[];
  toggleable?: boolean;
  defaultEnabled?: boolean;
};
export type SmallConfig = {
  components?: SmallComponent[];
  /** Components of any type, after the small ones. */
  others?: Component[];
  contexts?: { name: string; component: string }[];
  sandboxVars?: Record<string, string>;
  /** The sandbox's plans are approved by themselves where the install's policies pass. */
  policed?: boolean;
  /** How often the sandbox is tried again by itself. */
  retries?: number;
  actions?: (Pick<Action, "name"> & Partial<Action>)[];
  inputs?: (Pick<InputDefinition, "name"> & Partial<InputDefinition>)[];
  runbooks?: AppConfig["runbooks"];
  secrets?: AppConfig["secrets"];
};

/** What components of all types have. */
export function componentBase(name: string, dependencies: string[] = []) {
  return {
    file: `components/${name}.toml`,
    name,
    dependencies,
    labels: {},
    operationRoles: [],
    toggleable: false,
    defaultEnabled: true,
    buildTimeoutSeconds: 60,
    deployTimeoutSeconds: 60,
    references: [],
    ...control,
  };
}

function terraformComponent({
  name,
  dependencies = [],
  vars = {},
  inputs = [],
  toggleable = false,
  defaultEnabled = true,
}: SmallComponent): Component {
  return {
    ...componentBase(name, dependencies),
    toggleable,
    defaultEnabled,
    type: "terraform_module",
    references: inputs.map((input) => ({ kind: "input" as const, name: input, path: ["inputs", "inputs", input] })),
    terraformVersion: "1.11.4",
    repo,
    vars,
    envVars: {},
    varFiles: [],
  };
}

/** A whole app config from a few words. */
export function smallConfig(small: SmallConfig): AppConfig {
  return {
    schemaVersion: 1,
    name: "app",
    metadata: { file: "metadata.toml", version: "v2", defaultLabels: {}, labelColors: {} },
    sandbox: {
      kind: "terraform",
      file: "sandbox.toml",
      terraformVersion: "1.11.4",
      vars: small.sandboxVars ?? {},
      varFiles: [],
      repo,
      envVars: {},
      operationRoles: [],
      references: [],
      ...control,
      autoApproveOnPoliciesPassing: small.policed ?? false,
      maxAutoRetries: small.retries ?? 0,
    },
    runner: { file: "runner.toml", runnerType: "aws", envVars: {} },
    inputs: {
      groups: [],
      inputs: (small.inputs ?? []).map((input) => ({
        file: "inputs.toml",
        displayName: input.name,
        description: "",
        group: "",
        type: "string",
        required: false,
        sensitive: false,
        internal: false,
        userConfigurable: false,
        ...input,
      })),
    },
    components: [...(small.components ?? []).map(terraformComponent), ...(small.others ?? [])],
    actions: (small.actions ?? []).map((action) => ({
      file: `actions/${action.name}.toml`,
      timeoutSeconds: 60,
      labels: {},
      triggers: [],
      steps: [{ name: "run", command: "true", envVars: {} }],
      dependencies: [],
      enableKubeConfig: false,
      references: [],
      ...action,
    })),
    secrets: small.secrets ?? [],
    permissions: { roles: [], namedPolicies: [] },
    breakGlass: { roles: [] },
    policies: [],
    kubernetesContexts: (small.contexts ?? []).map((context) => ({ file: "kubernetes_contexts.toml", ...context })),
    runbooks: small.runbooks ?? [],
    installs: [],
    branches: [],
    triggers: [],
  };
}

/** An app with a config, built, and an install of it whose runner is online. */
export type Fixture = AsyncDisposable & {
  system: TestSystem;
  ctx: Ctx;
  appId: string;
  configId: string;
  installId: string;
  /** Stores a further config version, its builds done unless told otherwise. */
  addConfig(small: SmallConfig, build?: "succeeded" | "running"): Promise<string>;
  workflow(workflowId: string): Promise<WorkflowDetail>;
  /** States of the steps by key. */
  states(workflowId: string): Promise<Record<string, string>>;
  /** Ends the open job of a step as its runner would, and lets the workflow go on. */
  finish(workflowId: string, stepKey: string, end?: JobEnd): Promise<void>;
  /** What the open job of a step was given. */
  spec(workflowId: string, stepKey: string): Promise<SealedSpec>;
  pendingApproval(workflowId: string, stepKey: string): Promise<{ id: string; digest: string }>;
};

export type JobEnd = {
  state?: JobState;
  failure?: Failure;
  /** Of a plan job; default: creates one thing. */
  plan?: Partial<PlanSummary>;
  outputs?: Record<string, unknown>;
  sensitive?: Record<string, unknown>;
  /** Leaves the workflow alone: the message about the end was lost. */
  silent?: boolean;
};

export async function createFixture(
  small: SmallConfig,
  input: { inputs?: Record<string, unknown>; approveAll?: boolean } = {},
): Promise<Fixture> {
  const system = await createTestSystem();
  const ctx = system.ctx();
  const appId = newId("app");
  await system.db.insertInto("apps").values({ id: appId, org_id: ctx.orgId, name: "app" }).execute();
  let version = 0;
  const addConfig: Fixture["addConfig"] = (config, build = "succeeded") =>
    insertConfig(ctx, { appId, version: ++version, config: smallConfig(config), build });
  const configId = await addConfig(small);
  const { install } = await createInstall({
    ctx,
    input: { appId, name: "customer", inputs: input.inputs ?? {}, labels: {}, approveAll: input.approveAll ?? false },
  });
  await system.db.updateTable("runners").set({ state: "online", last_seen_at: new Date() }).where("install_id", "=", install.id).execute();
  const fixture: Fixture = {
    system,
    ctx,
    appId,
    configId,
    installId: install.id,
    addConfig,
    workflow: (workflowId) => getWorkflow({ ctx, input: { workflowId } }),
    async states(workflowId) {
      return Object.fromEntries((await fixture.workflow(workflowId)).steps.map((step) => [step.key, step.state]));
    },
    async finish(workflowId, stepKey, end = {}) {
      await endJob(ctx, await openJob(ctx, workflowId, stepKey), end);
      if (!end.silent) await advanceWorkflow({ system, workflowId });
    },
    async spec(workflowId, stepKey) {
      const job = await openJob(ctx, workflowId, stepKey);
      return openSpec(system.vault, job.id, job.spec_enc);
    },
    async pendingApproval(workflowId, stepKey) {
      return ctx.db
        .selectFrom("approvals")
        .innerJoin("steps", "steps.id", "approvals.step_id")
        .select(["approvals.id", "approvals.digest"])
        .where("steps.workflow_id", "=", workflowId)
        .where("steps.key", "=", stepKey)
        .where("approvals.state", "=", "pending")
        .executeTakeFirstOrThrow();
    },
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
  return fixture;
}

async function insertConfig(
  ctx: Ctx,
  input: { appId: string; version: number; config: AppConfig; build: "succeeded" | "running" },
): Promise<string> {
  const { appId, config } = input;
  const id = newId("appConfig");
  await ctx.db
    .insertInto("app_configs")
    .values({
      id,
      org_id: ctx.orgId,
      app_id: appId,
      version: input.version,
      checksum: sha256(id),
      config: JSON.stringify(config),
      sources: "{}",
      created_by: "test",
    })
    .execute();
  const built = config.components.filter(needsBuild);
  for (const target of ["sandbox", ...built.map(({ name }) => `component:${name}`)]) {
    const buildId = newId("build");
    const artifactId = newId("artifact");
    await ctx.db
      .insertInto("artifacts")
      .values({
        id: artifactId,
        org_id: ctx.orgId,
        app_id: appId,
        repository: target.replace(":", "/"),
        digest: sha256(buildId),
        media_type: "x",
        size: 1,
      })
      .execute();
    await ctx.db
      .insertInto("builds")
      .values({
        id: buildId,
        org_id: ctx.orgId,
        app_id: appId,
        app_config_id: id,
        target,
        checksum: sha256(target),
        source: null,
        state: input.build,
        failure: null,
        artifact_id: input.build === "succeeded" ? artifactId : null,
        log_stream_id: newId("logStream"),
      })
      .execute();
    await ctx.db
      .insertInto("app_config_targets")
      .values({ app_config_id: id, org_id: ctx.orgId, target, checksum: sha256(target), build_id: buildId })
      .execute();
  }
  return id;
}

async function openJob(ctx: Ctx, workflowId: string, stepKey: string) {
  return ctx.db
    .selectFrom("jobs")
    .innerJoin("steps", "steps.id", "jobs.step_id")
    .select(["jobs.id", "jobs.kind", "jobs.target", "jobs.install_id", "jobs.spec_enc", "jobs.log_stream_id"])
    .where("jobs.workflow_id", "=", workflowId)
    .where("steps.key", "=", stepKey)
    .where("jobs.state", "not in", ["succeeded", "failed", "cancelled", "timed_out"])
    .executeTakeFirstOrThrow(() => new Error(`${stepKey} has no open job`));
}

async function endJob(ctx: Ctx, job: Awaited<ReturnType<typeof openJob>>, end: JobEnd): Promise<void> {
  const now = new Date();
  const state = end.state ?? (end.failure ? "failed" : "succeeded");
  const plan: PlanSummary | undefined =
    job.kind.endsWith(".plan") && state === "succeeded"
      ? { digest: sha256(job.id), size: 7, hasChanges: true, create: 1, update: 0, replace: 0, delete: 0, outputsChanged: [], ...end.plan }
      : undefined;
  if (plan) {
    await ctx.db
      .insertInto("plans")
      .values({
        id: newId("plan"),
        org_id: ctx.orgId,
        install_id: job.install_id,
        job_id: job.id,
        epoch: 1,
        target: job.target ?? "",
        digest: plan.digest,
        size: plan.size,
        content_enc: Buffer.from("sealed"),
        summary: JSON.stringify(plan),
      })
      .execute();
  }
  const result = {
    outcome: state,
    logBytes: 0,
    startedAt: now.toISOString(),
    finishedAt: now.toISOString(),
    ...(end.failure ? { failure: end.failure } : {}),
    ...(plan ? { plan } : {}),
  };
  await ctx.db
    .updateTable("jobs")
    .set({
      state,
      epoch: 1,
      accepted_at: now,
      finished_at: now,
      result: JSON.stringify(result),
      outputs: JSON.stringify(end.outputs ?? {}),
      sensitive_enc: end.sensitive ? sealOutputs(ctx.system.vault, job.id, { sensitive: end.sensitive, steps: {} }) : null,
    })
    .where("id", "=", job.id)
    .execute();
}
