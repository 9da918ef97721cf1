import { isDeepStrictEqual } from "node:util";
import type { JobSpec } from "@berth/protocol/job-spec";
import type { Ctx } from "../context.ts";
import { openSpec } from "../jobs/spec.ts";
import { overridesChanged } from "../overrides/changed-since.ts";
import { newestOverrides } from "../overrides/read.ts";
import type { Loaded } from "../workflows/load-facts.ts";
import type { StepRow } from "../workflows/queries.ts";
import { renderTarget } from "../workflows/render-job.ts";

/**
 * Why a plan that waits would be another one if it were made now, one reason each: the state it was made from has moved, the build is another one, the install's overrides are, or what the config
 * makes of the install's inputs and outputs has changed. None where it still stands.
 */
export async function whyStale(ctx: Ctx, loaded: Loaded, step: StepRow): Promise<string[]> {
  const job = await ctx.db
    .selectFrom("jobs")
    .select(["id", "kind", "spec_enc", "result", "overrides_version"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", step.job_id)
    .executeTakeFirst();
  const plan = job?.result?.plan;
  if (!job || !plan) return [];
  const reasons: string[] = [];
  if (job.kind.startsWith("terraform.")) {
    const now = await stateNow(ctx, loaded, step);
    if (now?.serial !== plan.stateSerial)
      reasons.push(`the state has moved from ${serialText(plan.stateSerial)} to ${serialText(now?.serial)}`);
    else if (plan.stateLineage !== undefined && now?.lineage !== plan.stateLineage) reasons.push("there is another state in its place");
  }
  const build = loaded.facts.steps.find((fact) => fact.id === step.id)?.builds[0]?.build;
  if (step.build_id !== null && build && build.id !== step.build_id) reasons.push(`there is another build of ${step.target}: ${build.id}`);
  if (await overriddenAnew(ctx, loaded, step, job.overrides_version))
    reasons.push(`the overrides of ${step.target} on this install have changed`);
  if (reasons.length > 0) return reasons;
  const made = openSpec(ctx.system.vault, job.id, job.spec_enc).spec;
  // Rendered as it was then, for the attempt that is under way; and at another time, to tell what never stays the same.
  const render = (at: Ctx) => renderTarget(at, { workflow: loaded.workflow, step: { ...step, attempt: step.attempt - 1 }, build });
  const now = await render(ctx);
  if ("failure" in now) return [`its config can't be rendered any more: ${now.failure.detail}`];
  const elsewhen = new Date(ctx.system.now().getTime() + elsewhenMs);
  const again = await render({ ...ctx, system: { ...ctx.system, now: () => elsewhen } });
  const fickle = "failure" in again ? [] : changedParts(now.spec, again.spec);
  return changedParts(made, now.spec)
    .filter((part) => !fickle.includes(part))
    .map((part) => `what the config makes of the install's inputs and outputs has changed (${part})`);
}

/** Whether other overrides are set than those in the plan. A removal, and a look at what stands, go by what was deployed. */
async function overriddenAnew(ctx: Ctx, loaded: Loaded, step: StepRow, made: number | null): Promise<boolean> {
  const component = /^component:(.+)$/.exec(step.target ?? "")?.[1];
  if (component === undefined || step.params.destroy || step.params.asMade) return false;
  const [now] = await newestOverrides(ctx, { installId: loaded.workflow.install_id, component });
  return overridesChanged(ctx, { now, made });
}

/** Thirteen hours and some: no second, hour or day is the same then. */
const elsewhenMs = 13 * 3_600_000 + 431_000;

function serialText(serial: number | undefined): string {
  return serial === undefined ? "none" : `serial ${serial}`;
}

async function stateNow(ctx: Ctx, loaded: Loaded, step: StepRow): Promise<{ serial: number; lineage: string } | undefined> {
  return ctx.db
    .selectFrom("terraform_states")
    .select(["serial", "lineage"])
    .where("install_id", "=", loaded.workflow.install_id)
    .where("target", "=", step.target ?? "")
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Names of the parts of a spec that differ: never their values, which may be secrets. */
function changedParts(before: JobSpec, after: JobSpec): string[] {
  // A stored spec has been through JSON.
  const [a = {}, b = {}] = [before, after].map((spec) => JSON.parse(JSON.stringify(spec)) as Record<string, unknown>);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => key !== "cluster" && !isDeepStrictEqual(a[key], b[key]));
}
