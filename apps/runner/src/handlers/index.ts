import type { JobKind, JobSpec } from "@berth/protocol/job-spec";
import type { HandlerResult, JobContext } from "./handler.ts";

type Spec<Kind extends JobKind> = Extract<JobSpec, { kind: Kind }>;
type Table = { [Kind in JobKind]: (ctx: JobContext, spec: Spec<Kind>) => Promise<HandlerResult> };

/** Kind of job → handler, loaded when needed: a job's process starts with what it runs and nothing else. */
const handlers: Table = {
  "terraform.plan": async (ctx, spec) => (await import("./terraform/plan.ts")).runPlan(ctx, spec),
  "terraform.apply": async (ctx, spec) => (await import("./terraform/apply.ts")).runApply(ctx, spec),
  "helm.plan": async (ctx, spec) => (await import("./helm/plan.ts")).runPlan(ctx, spec),
  "helm.apply": async (ctx, spec) => (await import("./helm/apply.ts")).runApply(ctx, spec),
  "kubernetes.plan": async (ctx, spec) => (await import("./kubernetes/plan.ts")).runPlan(ctx, spec),
  "kubernetes.apply": async (ctx, spec) => (await import("./kubernetes/apply.ts")).runApply(ctx, spec),
  "image.sync": async (ctx, spec) => (await import("./image/sync.ts")).runSync(ctx, spec),
  "action.run": async (ctx, spec) => (await import("./action/run-action.ts")).runAction(ctx, spec),
  "secrets.sync": async (ctx, spec) => (await import("./secrets/sync.ts")).runSync(ctx, spec),
  "health.probe": async (ctx, spec) => (await import("./health/probe.ts")).runProbes(ctx, spec),
};

/** Kinds this runner can run. */
export const jobKinds = Object.keys(handlers) as JobKind[];

/** Runs the handler of a spec's kind. */
export function runHandler<Kind extends JobKind>(ctx: JobContext, spec: Spec<Kind>): Promise<HandlerResult> {
  return handlers[spec.kind as Kind](ctx, spec);
}
