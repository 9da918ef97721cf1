import { jobKinds } from "@berth/protocol/job-spec";
import type { Ctx } from "../context.ts";
import { beginRun, storeRun, type NewRun } from "../actions/begin-run.ts";
import { markTargetTouched } from "../installs/record-target.ts";
import { createJob } from "../jobs/create.ts";
import type { Loaded } from "./load-facts.ts";
import { moveStep } from "./move-step.ts";
import { besideOperations, type StepRow } from "./queries.ts";
import { renderTarget } from "./render-job.ts";
import { stepsBehind, urgent } from "./steps-behind.ts";
import { renderAction } from "./render/action.ts";
import { renderApply } from "./render/apply.ts";
import type { RenderedJob } from "./render/rendered-job.ts";
import { renderSecrets } from "./render/secrets.ts";

/**
 * Renders a step's job, queues it and moves the step to running. A spec that can't be rendered fails the step instead.
 * @returns whether a job was queued
 */
export async function startJob(ctx: Ctx, loaded: Loaded, step: StepRow, planDigest: string | undefined): Promise<boolean> {
  const { workflow } = loaded;
  const run = step.kind === "action" ? await beginRun(ctx, step) : undefined;
  if (run) step.run = run;
  const rendered = await render(ctx, loaded, step, planDigest, run);
  if ("failure" in rendered) {
    await moveStep(ctx, workflow, step, { event: "fail", failure: rendered.failure });
    return false;
  }
  const { spec, redact, timeoutSeconds, buildId, overridesVersion } = rendered;
  const { jobId, logStreamId } = await createJob({
    ctx,
    input: {
      installId: workflow.install_id,
      ...(loaded.facts.runner?.state === "online" ? { runnerId: loaded.facts.runner.id } : {}),
      workflowId: workflow.id,
      stepId: step.id,
      kind: spec.kind,
      spec,
      redact,
      timeoutSeconds,
      priority: besideOperations.includes(workflow.operation) ? urgent : stepsBehind(loaded.facts.steps, step.key),
      ...(overridesVersion == null ? {} : { overridesVersion }),
      ...(rendered.target === undefined ? {} : { target: rendered.target }),
      ...(rendered.planDigest === undefined ? {} : { planDigest: rendered.planDigest }),
    },
  });
  await moveStep(ctx, workflow, step, {
    event: "start",
    job: { id: jobId, buildId },
    ...(rendered.note === undefined ? {} : { note: rendered.note }),
  });
  if (run) {
    run.job = { id: jobId, logStreamId, startedAt: ctx.system.now() };
    await storeRun(ctx, workflow, step, run);
  }
  if (jobKinds[spec.kind].writesTarget && "target" in spec) {
    await markTargetTouched(ctx, { installId: workflow.install_id, workflowId: workflow.id, target: spec.target, buildId });
  }
  return true;
}

async function render(
  ctx: Ctx,
  loaded: Loaded,
  step: StepRow,
  planDigest: string | undefined,
  run: NewRun | undefined,
): Promise<RenderedJob> {
  const { workflow } = loaded;
  const builds = loaded.facts.steps.find((fact) => fact.id === step.id)?.builds ?? [];
  if (run) return renderAction(ctx, { workflow, step, run: { runId: run.id, env: run.env }, builds });
  if (step.kind === "secrets.sync") return renderSecrets(ctx, { workflow, step });
  const planStep = loaded.steps.find((candidate) => candidate.key === step.params.plan);
  if (planStep) return renderApply(ctx, { planStep, planDigest: planDigest ?? "" });
  return renderTarget(ctx, { workflow, step, build: builds[0]?.build });
}
