import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { kubernetesPlan, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { together } from "../../job/together.ts";
import type { JobContext } from "../handler.ts";
import type { Chart } from "./chart.ts";
import { readClaims } from "./claims.ts";
import { findDrift } from "./drift.ts";
import type { Helm, HelmSpec } from "./helm.ts";
import { showHooks } from "./hooks.ts";
import { planDocument, type PlanDocument } from "./plan-document.ts";
import type { Release } from "./release.ts";
import { renderChart, type ValuesFile } from "./render.ts";
import { documentsOf, ownObjects, type RenderedDocument } from "./rendering.ts";
import { findUnstable, steadyPart, unstableTexts } from "./unstable.ts";

/** A plan: its bytes' content, and what people are shown. */
export type ReleasePlan = { document: PlanDocument; objects: PlanObject[]; notes: string[]; hasChanges: boolean; summary?: string };

/** Renders the chart, twice, and compares it with the release that stands. */
export async function planRelease(
  ctx: JobContext,
  spec: HelmSpec,
  input: { helm: Helm; kubectl: Kubectl; release: Release | undefined; chart: Chart; values: ValuesFile },
): Promise<ReleasePlan> {
  const { helm, kubectl, release, chart, values } = input;
  const { namespace } = spec;
  const reasons = whyDeploy({ release, chart, values });
  const render = (how: { replay?: boolean; elsewhen?: boolean }): Promise<RenderedDocument[]> =>
    renderChart(ctx, helm, { spec, chart, values, release, ...how });
  // What knows its revision is compared with what it was rendered for.
  const replays = chart.usesRevision && reasons.length === 0;
  const first = render({});
  // What tells the second it was rendered in differs only in another second.
  const inAnotherSecond = async (): Promise<void> => {
    await first;
    await sleep(1010 - (Date.now() % 1000), undefined, { signal: ctx.signal });
  };
  const again = async (): Promise<RenderedDocument[]> => {
    if (chart.usesClock) await inAnotherSecond();
    return await render({ elsewhen: true });
  };
  const [rendered, varied, replayed] = await together([
    first,
    chart.mayVary ? again() : undefined,
    replays ? render({ replay: true }) : undefined,
  ]);
  const unstable = findUnstable(rendered, varied ?? rendered, namespace);
  const standing = release?.standing ? documentsOf(release.standing.record, "the release that stands") : [];
  const secretTexts = [...ctx.assign.redact, ...unstableTexts([...rendered, ...(varied ?? []), ...standing], unstable, namespace)];
  const compare = (before: readonly KubernetesObject[], after: readonly KubernetesObject[], group: "objects" | "hooks" = "objects") =>
    kubernetesPlan({ before, after, defaultNamespace: namespace, secretTexts, group });
  const steady = (documents: readonly RenderedDocument[]): KubernetesObject[] =>
    documents.flatMap(({ objects }) => objects.map((object) => steadyPart(object, unstable, namespace)));

  const texts = (documents: readonly RenderedDocument[]): string[] => documents.map(({ text }) => text);
  const isSame = reasons.length === 0 && compare(steady(standing), steady(replayed ?? rendered)).length === 0;
  if (isSame) {
    const document = planDocument({ spec, release, values, documents: texts(standing), unstable, again: true });
    const drift = await findDrift({ kubectl, objects: ownObjects(standing), spec, secretTexts });
    const hooks = drift.length === 0 ? [] : showHooks({ spec, standing, rendered, isUpgrade: true, secretTexts });
    const summary = `Plan: ${drift.length} ${drift.length === 1 ? "object is" : "objects are"} put back to what the release has of them.`;
    return { document, objects: [...drift, ...hooks], notes: [], hasChanges: drift.length > 0, ...(drift.length > 0 ? { summary } : {}) };
  }

  const document = planDocument({ spec, release, values, documents: texts(rendered), unstable });
  const claims = await readClaims({ kubectl, helm, spec, chart, wanted: ownObjects(rendered), known: ownObjects(standing), secretTexts });
  const objects = compare(ownObjects(standing), ownObjects(rendered));
  const taken = new Set(claims.objects.map(({ address }) => address));
  const all = [...objects.filter(({ address }) => !taken.has(address)), ...claims.objects];
  const notes = [...chartNotes(chart, release), ...claims.notes, ...reasons];
  const random = Object.keys(unstable).length;
  if (random > 0) notes.push(`${random} objects get new random values at every deploy; those of this plan are those that are applied`);
  return {
    document,
    objects: [...all, ...showHooks({ spec, standing, rendered, isUpgrade: release?.standing !== undefined, secretTexts })],
    notes,
    hasChanges: true,
    ...(all.length === 0 ? { summary: "Plan: the release is deployed again; none of its objects changes." } : {}),
  };
}

/** Why a release is deployed although its objects may all be the same: it is not there, it has failed, or it was made from something else. */
function whyDeploy(input: { release: Release | undefined; chart: Chart; values: ValuesFile }): string[] {
  const { release, chart, values } = input;
  if (!release?.standing) return ["There is no release yet"];
  const { newest } = release;
  const reasons: string[] = [];
  if (newest.status !== "deployed") reasons.push(`Revision ${newest.revision} is ${newest.status}: ${newest.description.slice(0, 500)}`);
  if (!isDeepStrictEqual(newest.record.config ?? {}, JSON.parse(values.text))) reasons.push("The values are other ones");
  if (newest.chart !== chart.name || newest.version !== chart.version || newest.appVersion !== chart.appVersion)
    reasons.push("The chart is another version");
  return reasons;
}

function chartNotes(chart: Chart, release: Release | undefined): string[] {
  const { standing } = release ?? {};
  if (!standing) return [`chart ${chart.name} ${chart.version}`];
  if (standing.chart !== chart.name) return [`chart ${standing.chart} ${standing.version} → ${chart.name} ${chart.version}`];
  if (standing.version !== chart.version) return [`chart ${chart.name} ${standing.version} → ${chart.version}`];
  return standing.appVersion === chart.appVersion ? [] : [`app version ${standing.appVersion} → ${chart.appVersion}`];
}
