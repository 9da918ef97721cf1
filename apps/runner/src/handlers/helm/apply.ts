import { join } from "node:path";
import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { openKubectl, type Kubectl } from "../../cluster/kubectl.ts";
import { releasePullSecret, writePullSecret } from "../../cluster/pull-secret.ts";
import { together } from "../../job/together.ts";
import { fetchApprovedPlan } from "../../plan/fetch-approved.ts";
import type { Handler, JobContext } from "../handler.ts";
import { fetchChart, type Chart } from "./chart.ts";
import { checkBase, checkRendering } from "./check-approved.ts";
import { openHelm, type Helm } from "./helm.ts";
import { releaseOutputs } from "./outputs.ts";
import { decodeDocument, planDocument, type PlanDocument } from "./plan-document.ts";
import { readRelease, type Release } from "./release.ts";
import { renderChart, writeValues, type ValuesFile } from "./render.ts";
import { documentsOfTexts } from "./rendering.ts";
import { writeStaticChart } from "./static-chart.ts";
import { judgeRelease, releaseStuck } from "./stuck.ts";
import { runTests } from "./tests.ts";
import { uninstallRelease } from "./uninstall.ts";
import { upgradeRelease } from "./upgrade.ts";

/**
 * Installs, upgrades or uninstalls exactly what was approved. Everything the plan was made from is looked at again first: another base, chart, value or rendering
 * makes the plan stale. Then Helm is given the approved documents as a chart that renders to nothing else.
 */
export const runApply: Handler<HelmApplySpec> = async (ctx, spec) => {
  const fetching = fetchApprovedPlan(ctx, spec.plan.digest);
  // Awaited below; until then a failure is no crash.
  fetching.catch(() => {});
  const kubectl = await openKubectl(ctx, spec.cluster);
  const helm = await openHelm(ctx, spec, kubectl);
  const values = spec.destroy ? undefined : writeValues(ctx, spec);
  const [release, chart, bytes] = await together([readRelease(kubectl, spec), values && fetchChart(ctx, spec, values), fetching]);
  judgeRelease(ctx, spec, release);
  const approved = decodeDocument(bytes);
  if (values && chart) return await deploy(ctx, spec, { helm, kubectl, release, approved, chart, values });
  // One that is gone has nothing to be different from what was approved.
  if (release) checkBase(approved, planDocument({ spec, release, values: undefined, documents: [], unstable: {} }));
  await releaseStuck(ctx, spec, { kubectl, release });
  await uninstallRelease(ctx, spec, { helm, kubectl, release });
  await releasePullSecret(ctx, spec, kubectl);
  return { outputs: {} };
};

async function deploy(
  ctx: JobContext,
  spec: HelmApplySpec,
  input: { helm: Helm; kubectl: Kubectl; release: Release | undefined; approved: PlanDocument; chart: Chart; values: ValuesFile },
): Promise<Awaited<ReturnType<typeof runApply>>> {
  const { helm, kubectl, release, approved, chart, values } = input;
  checkBase(approved, planDocument({ spec, release, values, documents: [], unstable: {} }));
  checkRendering(approved, await renderChart(ctx, helm, { spec, chart, values, release, replay: approved.again && chart.usesRevision }));
  await releaseStuck(ctx, spec, { kubectl, release });
  await writePullSecret(ctx, spec, kubectl);
  const chartDir = await writeStaticChart(helm, { chart, documents: approved.documents, dir: join(ctx.journal.work, "approved") });
  const documents = documentsOfTexts(approved.documents, "the approved plan");
  await upgradeRelease(ctx, spec, { helm, kubectl, chartDir, values: values.path, documents, release });
  if (spec.runTests) await runTests(ctx, spec, helm);
  return { outputs: await releaseOutputs(kubectl, spec) };
}
