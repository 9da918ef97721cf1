import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { newRun, storeRun, type NewRun } from "../actions/begin-run.ts";
import { syncProbes } from "../health/sync-probes.ts";
import { syncSchedules } from "../actions/sync-schedules.ts";
import { findConfigById } from "../configs/find-by-id.ts";
import { findConfig } from "../configs/queries.ts";
import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { syncDriftSchedules } from "../drift/schedules.ts";
import { recordEvent } from "../events/record.ts";
import { checkInputs, type CheckedInputs } from "../installs/check-inputs.ts";
import { findInstall, type InstallRow } from "../installs/queries.ts";
import { readInputs } from "../installs/read-inputs.ts";
import { rebuildState } from "../installs/rebuild-state.ts";
import { sealValues } from "../installs/sealed.ts";
import { storeToggles } from "../installs/toggles.ts";
import { advanceLocked } from "./advance.ts";
import { claimsOf, type Claims } from "./claims.ts";
import { alwaysPlans, generate, type GeneratedStep, type Operation } from "./generate.ts";
import { loadGenerateFacts } from "./generate-facts.ts";
import { previousConfig, withChosenBuilds } from "./go-back.ts";
import { checkRunbookInputs } from "./runbook-inputs.ts";
import { loadRunner } from "./load-runner.ts";
import { besideOperations, stepColumns, workflowColumns, type StepRow, type WorkflowRow } from "./queries.ts";
import { whatChanged } from "./what-changed.ts";
import { whatRunnerLacks } from "./what-runner-lacks.ts";

export type StartInput = {
  installId: string;
  operation: Operation;
  /** `pinned` (default), `latest`, `previous` (the one before the pinned), or an app config's id or version. */
  appConfig?: string;
  planOnly?: boolean;
  approveAll?: boolean;
  /** Its plans are not approved by policies, whatever the config says. */
  withoutPolicies?: boolean;
  /** Why it does not wait for the install's maintenance window. */
  windowOverride?: string;
  /** For an action run: variables that win over the action's own. */
  env?: Record<string, string>;
  /** For a one-off command: what to run. */
  adhoc?: Record<string, unknown>;
  /** For a runbook's run: values of its inputs by name. */
  inputs?: Record<string, unknown>;
};

/**
 * Starts an operation on an install: workflow, steps and first decision in one transaction, so that the first job is with its runner when this returns.
 * @returns the workflow's id, and the run where it is an action's
 * @throws AppError `not_found`, `state_conflict` or `unprocessable` where the operation can't be done now, saying why; `invalid_inputs`
 */
export function startWorkflow(args: { ctx: Ctx; input: StartInput }): Promise<{ workflowId: string; run?: NewRun; steps: number }> {
  const { input } = args;
  return transact(args.ctx, async (ctx) => {
    const planOnly = input.planOnly === true || alwaysPlans(input.operation);
    const { install, configId, operation, inputs, claims, steps: generated } = await prepare(ctx, input);
    const { type, ...params } = operation;
    const moves = configId !== install.app_config_id && !planOnly;
    if (moves) await movePin(ctx, install, configId);
    if (operation.type === "component_toggle" && !planOnly) await storeToggles(ctx, { installId: install.id, ...operation });
    const id = newId("workflow");
    const workflow = await ctx.db
      .insertInto("workflows")
      .values({
        id,
        org_id: ctx.orgId,
        install_id: install.id,
        app_config_id: configId,
        operation: type,
        params: toJsonb({ ...params, ...(input.env ? { env: Object.keys(input.env) } : {}), ...(inputs ? { inputs: inputs.plain } : {}) }),
        inputs_enc: sealValues(ctx.system.vault, "runbook", id, input.adhoc ?? { ...inputs?.plain, ...inputs?.sensitive }),
        plan_only: planOnly,
        approve_all: input.approveAll ?? false,
        ...claims,
        window_override: input.windowOverride ?? null,
        state: "queued",
        failure: null,
        waiting: null,
        created_by: ctx.actor,
        created_at: ctx.system.now(),
      })
      .returning(workflowColumns)
      .executeTakeFirstOrThrow();
    const steps = await insertSteps(ctx, workflow, input.withoutPolicies ? generated.map(askingPeople) : generated);
    const [only] = steps;
    const run = besideOperations.includes(type) && only ? newRun(ctx, input.env ?? {}) : undefined;
    if (run && only) only.run = run;
    await recordEvent(ctx, {
      subjectKind: "workflow",
      subjectId: workflow.id,
      event: "created",
      installId: install.id,
      workflowId: workflow.id,
      data: {
        operation: type,
        ...params,
        planOnly: workflow.plan_only,
        approveAll: workflow.approve_all,
        appConfigId: configId,
        steps: steps.length,
        ...(input.windowOverride === undefined ? {} : { windowOverride: input.windowOverride }),
      },
    });
    await advanceLocked(ctx, workflow, steps);
    if (run && only && !run.stored) await storeRun(ctx, workflow, only, run);
    return { workflowId: workflow.id, steps: steps.length, ...(run === undefined ? {} : { run }) };
  });
}

/** The steps an operation would have, with the checks of a start and without starting it. */
export async function previewWorkflow({ ctx, input }: { ctx: Ctx; input: StartInput }): Promise<GeneratedStep[]> {
  return (await prepare(ctx, input)).steps;
}

type Prepared = {
  install: InstallRow;
  configId: string;
  operation: Operation;
  inputs?: CheckedInputs;
  claims: Claims;
  steps: GeneratedStep[];
};

async function prepare(ctx: Ctx, input: StartInput): Promise<Prepared> {
  const install = await findInstall(ctx, input.installId);
  const { id: configId, config } = await chooseConfig(ctx, install, input.appConfig ?? "pinned");
  const operation =
    input.operation.type === "upgrade"
      ? { ...input.operation, ...(await whatChanged(ctx, install, { id: configId, config })) }
      : await withChosenBuilds(ctx, install, input.operation);
  const facts = await loadGenerateFacts(ctx, { installId: install.id, configId, config, operation });
  const generated = generate(operation, facts, input.planOnly ?? false);
  if ("refused" in generated) throw new AppError(generated.refused.code, generated.refused.message, generated.refused.meta);
  const runbook = operation.type === "runbook_run" ? config.runbooks.find(({ name }) => name === operation.runbook) : undefined;
  const inputs = runbook && checkRunbookInputs(runbook, input.inputs ?? {});
  // Every runner can do an action, which is in a hurry.
  if (!besideOperations.includes(operation.type)) await refuseIncapable(ctx, install.id, generated.steps);
  const claims = claimsOf(generated.steps, facts, input.planOnly === true || alwaysPlans(operation));
  return { install, configId, operation, claims, steps: generated.steps, ...(inputs ? { inputs } : {}) };
}

/** Tells before anything starts what would stop it in the middle: a step that the install's runner can't do. */
async function refuseIncapable(ctx: Ctx, installId: string, steps: readonly GeneratedStep[]): Promise<void> {
  const { runner } = await loadRunner(ctx, installId);
  for (const step of steps) {
    const lacks = step.skip === undefined ? whatRunnerLacks(step, runner) : undefined;
    if (lacks !== undefined) throw new AppError("unprocessable", `${lacks} Then start the operation again.`, { step: step.key });
  }
}

async function chooseConfig(ctx: Ctx, install: InstallRow, wanted: string): Promise<{ id: string; config: AppConfig }> {
  if (wanted === "pinned") return { id: install.app_config_id, config: await findConfigById(ctx, install.app_config_id) };
  const version = wanted === "previous" ? await previousConfig(ctx, install) : wanted;
  const found = await findConfig(ctx, { appId: install.app_id, version });
  // A newer config may want inputs that nobody was asked for yet.
  if (found.id !== install.app_config_id) {
    const { values } = await readInputs(ctx, install.id);
    checkInputs({ config: found.config, given: values, ignoreUnknown: true });
  }
  return { id: found.id, config: found.config };
}

async function movePin(ctx: Ctx, install: InstallRow, configId: string): Promise<void> {
  await ctx.db.updateTable("installs").set({ app_config_id: configId }).where("id", "=", install.id).execute();
  await recordEvent(ctx, {
    subjectKind: "install",
    subjectId: install.id,
    event: "config_pinned",
    installId: install.id,
    data: { from: install.app_config_id, to: configId },
  });
  await rebuildState(ctx, { installId: install.id, cause: "app config pinned" });
  if (install.state === "active") await syncSchedules(ctx, install.id);
  if (install.state !== "deprovisioning" && install.state !== "deprovisioned") await syncProbes(ctx, install.id);
  // What stands of an install in error is looked at too.
  if (install.state === "active" || install.state === "error") await syncDriftSchedules(ctx, install.id);
}

function askingPeople(step: GeneratedStep): GeneratedStep {
  const { byPolicies: _byPolicies, ...params } = step.params;
  return { ...step, params };
}

async function insertSteps(ctx: Ctx, workflow: WorkflowRow, generated: readonly GeneratedStep[]): Promise<StepRow[]> {
  if (generated.length === 0) return [];
  const now = ctx.system.now();
  const rows = await ctx.db
    .insertInto("steps")
    .values(
      generated.map((step, index) => ({
        id: newId("step"),
        org_id: ctx.orgId,
        workflow_id: workflow.id,
        index,
        key: step.key,
        kind: step.kind,
        target: step.target ?? null,
        params: JSON.stringify(step.params),
        needs: JSON.stringify(step.needs),
        state: step.skip === undefined ? ("pending" as const) : ("skipped" as const),
        failure: null,
        waiting: null,
        note: step.skip ?? null,
        finished_at: step.skip === undefined ? null : now,
      })),
    )
    .returning(stepColumns)
    .execute();
  return (rows as StepRow[]).toSorted((a, b) => a.index - b.index);
}
