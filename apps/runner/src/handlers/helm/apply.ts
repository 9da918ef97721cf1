import { join } from "node:path";
import { identityOf } from "@berth/plan/kubernetes";
import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { z } from "zod";
import { openKubectl, type Kubectl } from "../../cluster/kubectl.ts";
import { fetchApprovedPlan } from "../../plan/fetch-approved.ts";
import { JobFailure, type Handler, type HandlerResult, type JobContext } from "../handler.ts";
import { compareRelease, objectsOf, planBytes, type Comparison } from "./compare.ts";
import { explainRelease } from "./explain.ts";
import { helmFailed, openHelm, type Helm } from "./helm.ts";
import { releaseOutputs } from "./outputs.ts";
import { tellProgress } from "./progress.ts";
import { writeStaticChart } from "./static-chart.ts";
import { labels, releaseStuck } from "./stuck.ts";
import { runTests } from "./tests.ts";

const approvedSchema = z.looseObject({ base: z.unknown(), documents: z.array(z.string()), unstable: z.array(z.string()) });

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
  const bytes = await fetching;
  const { base, unstable } = approvedSchema.parse(JSON.parse(bytes.toString("utf8")));
  const compared = await compareRelease(ctx, spec, { helm, kubectl, approved: { isUpgrade: base !== null, unstable } });
  const documents = approvedDocuments(spec, compared, bytes);
  await releaseStuck(ctx, spec, { kubectl, release: compared.release });
  if (spec.destroy) return await uninstall(spec, helm, compared);

  const files = compared.files;
  if (!files) throw new JobFailure("internal", "There is no chart to install");
  const chart = writeStaticChart({ files, documents, dir: join(ctx.journal.work, "approved") });
  await upgrade(ctx, spec, {
    helm,
    kubectl,
    chart,
    values: files.values,
    documents,
    force: compared.objects.some(({ group }) => group === "drift"),
  });
  if (spec.runTests) await runTests(ctx, spec, helm);
  return { outputs: await releaseOutputs(helm, spec) };
};

/** The documents to install: those that were approved. @throws JobFailure `plan_stale` where what stands, or what would be rendered now, is another */
function approvedDocuments(spec: HelmApplySpec, compared: Comparison, approved: Buffer): string[] {
  const { documents, unstable } = approvedSchema.parse(JSON.parse(approved.toString("utf8")));
  const exempt = new Set(unstable);
  const steady = (text: string): boolean =>
    !objectsOf(text, "the rendered chart").some((object) => exempt.has(identityOf(object, spec.namespace)));
  // The approved text in the place of what is random; all the rest has to be the same, byte for byte.
  const now = compared.documents.filter(steady);
  const then = documents.filter(steady);
  const same =
    now.length === then.length &&
    now.every((text, index) => text === then[index]) &&
    now.length + (compared.documents.length - now.length) === documents.length;
  const bytes = planBytes(spec, { ...compared, documents, unstable: new Set(unstable) });
  if (same && bytes.equals(approved)) return documents;
  throw new JobFailure(
    "plan_stale",
    "The release, or what the chart renders to in this cluster, has changed since the plan was made. Nothing was applied; a new plan shows what is different.",
  );
}

async function upgrade(
  ctx: JobContext,
  spec: HelmApplySpec,
  input: { helm: Helm; kubectl: Kubectl; chart: string; values: string; documents: readonly string[]; force: boolean },
): Promise<void> {
  const { helm } = input;
  const four = helm.major >= 4;
  const args = [
    "upgrade",
    spec.releaseName,
    input.chart,
    "--install",
    "--namespace",
    spec.namespace,
    "--create-namespace",
    "--values",
    input.values,
    "--wait",
    "--wait-for-jobs",
    "--timeout",
    `${spec.waitSeconds}s`,
    "--labels",
    `${labels.job}=${ctx.assign.jobId},${labels.epoch}=${ctx.assign.epoch}`,
    "--description",
    `By Berth, job ${ctx.assign.jobId}`,
    ...(spec.atomic ? [four ? "--rollback-on-failure" : "--atomic"] : []),
    ...(spec.takeOwnership ? ["--take-ownership"] : []),
    ...(four && (input.force || spec.takeOwnership) ? ["--server-side=true", "--force-conflicts"] : []),
  ];
  const objects = input.documents.flatMap((text) => objectsOf(text, "the rendered chart"));
  const progress = await tellProgress(ctx, spec, objects);
  const run = await helm.run(args, { log: true }).finally(() => progress.stop());
  if (run.ok) return;
  if (run.stopped) throw new JobFailure("helm_failed", `helm upgrade was stopped. The next plan shows what stands.`);
  throw await explainRelease(spec, { kubectl: input.kubectl, objects, failure: helmFailed("upgrade", run) });
}

async function uninstall(spec: HelmApplySpec, helm: Helm, compared: Comparison): Promise<HandlerResult> {
  if (!compared.release) return { outputs: {} };
  const run = await helm.run(
    ["uninstall", spec.releaseName, "--namespace", spec.namespace, "--wait", "--timeout", `${spec.waitSeconds}s`],
    { log: true },
  );
  if (run.ok || /release: not found/.test(run.stderr)) return { outputs: {} };
  if (run.stopped) throw new JobFailure("helm_failed", "helm uninstall was stopped. The next one goes on from there.");
  throw helmFailed("uninstall", run);
}
