import { planHeader } from "@berth/plan/header";
import type { HelmPlanSpec } from "@berth/protocol/job-spec";
import { openKubectl } from "../../cluster/kubectl.ts";
import { leavePlanBytes, leavePlanDisplay } from "../../plan/leave.ts";
import type { Handler } from "../handler.ts";
import { compareRelease, planBytes } from "./compare.ts";
import { openHelm } from "./helm.ts";
import { releaseOutputs } from "./outputs.ts";

/** Renders a release and compares it with the one that stands. A plan without changes tells the outputs that an apply would. */
export const runPlan: Handler<HelmPlanSpec> = async (ctx, spec) => {
  const kubectl = await openKubectl(ctx, spec.cluster);
  const helm = await openHelm(ctx, spec, kubectl);
  const compared = await compareRelease(ctx, spec, { helm, kubectl });
  const left = await leavePlanBytes(ctx, planBytes(spec, compared));
  const { objects, notes, hasChanges } = compared;
  const plan = await leavePlanDisplay(ctx, {
    plan: left,
    header: planHeader({ kind: "helm", objects, notes }),
    objects,
    more: { hasChanges },
  });
  if (hasChanges || spec.destroy) return { plan };
  return { plan, outputs: await releaseOutputs(helm, spec) };
};
