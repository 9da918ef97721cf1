import { planHeader } from "@berth/plan/header";
import type { HelmPlanSpec } from "@berth/protocol/job-spec";
import { openKubectl } from "../../cluster/kubectl.ts";
import { planPullSecret } from "../../cluster/pull-secret.ts";
import { together } from "../../job/together.ts";
import { leavePlanBytes, leavePlanDisplay } from "../../plan/leave.ts";
import type { Handler } from "../handler.ts";
import { fetchChart } from "./chart.ts";
import { openHelm } from "./helm.ts";
import { releaseOutputs } from "./outputs.ts";
import { encodeDocument } from "./plan-document.ts";
import { planRelease } from "./plan-release.ts";
import { planRemoval } from "./plan-removal.ts";
import { readRelease } from "./release.ts";
import { writeValues } from "./render.ts";
import { judgeRelease } from "./stuck.ts";

/** Renders a release and compares it with the one that stands. A plan without changes tells the outputs that an apply would. */
export const runPlan: Handler<HelmPlanSpec> = async (ctx, spec) => {
  const kubectl = await openKubectl(ctx, spec.cluster);
  const helm = await openHelm(ctx, spec, kubectl);
  const values = spec.destroy ? undefined : writeValues(ctx, spec);
  const [release, chart] = await together([readRelease(kubectl, spec), values && fetchChart(ctx, spec, values)]);
  const pull = await planPullSecret(ctx, spec, kubectl);
  const stuck = judgeRelease(ctx, spec, release);
  const made = values && chart ? await planRelease(ctx, spec, { helm, kubectl, release, chart, values }) : planRemoval(ctx, spec, release);
  const objects = [...pull, ...made.objects];
  const hasChanges = made.hasChanges || pull.length > 0;
  const summary = pull.length > 0 ? undefined : made.summary;
  const left = await leavePlanBytes(ctx, encodeDocument(made.document));
  const header = planHeader({ kind: "helm", objects, notes: [...stuck, ...made.notes] });
  const plan = await leavePlanDisplay(ctx, {
    plan: left,
    header: summary === undefined ? header : { ...header, summary },
    objects,
    more: { hasChanges },
  });
  if (hasChanges || spec.destroy) return { plan };
  return { plan, outputs: await releaseOutputs(kubectl, spec) };
};
