import { isDeepStrictEqual } from "node:util";
import { canonicalJson, digestOf, sha256 } from "@berth/kit/digest";
import { identityOf, kubernetesPlan, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { readObjects } from "../../cluster/documents.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import type { JobContext } from "../handler.ts";
import { findDrift } from "./drift.ts";
import type { Helm } from "./helm.ts";
import { readRelease, type Release } from "./release.ts";
import { fetchChart, mayBeRandom, type ChartFiles } from "./chart-files.ts";
import { renderChart } from "./render.ts";
import { judgeRelease } from "./stuck.ts";

/** What a deploy of a release would do, and all that the apply has to find unchanged. */
export type Comparison = {
  release: Release | undefined;
  files: ChartFiles | undefined;
  /** Rendered documents, hooks among them. */
  documents: string[];
  /** Documents (by identity) that two renderings do not agree on: random values, times. The approved ones win. */
  unstable: ReadonlySet<string>;
  objects: PlanObject[];
  notes: string[];
  hasChanges: boolean;
};

/** The objects that hooks make are no part of a release: they come and go with each deploy. */
export function isHook(object: KubernetesObject): boolean {
  return object.metadata.annotations?.["helm.sh/hook"] !== undefined;
}

/**
 * Renders the chart and compares it with the release that stands.
 * @param tools.approved what the plan found, for its apply: whether a release stood, and which documents are random
 */
export async function compareRelease(
  ctx: JobContext,
  spec: HelmPlanSpec | HelmApplySpec,
  tools: { helm: Helm; kubectl: Kubectl; approved?: { isUpgrade: boolean; unstable: readonly string[] } },
): Promise<Comparison> {
  const { helm, kubectl, approved } = tools;
  const fetching = spec.destroy ? undefined : fetchChart(ctx, spec);
  // Awaited below; until then a failure is no crash.
  fetching?.catch(() => {});
  const render = async (isUpgrade: boolean) => renderChart(helm, spec, { files: await fetchedOf(fetching), isUpgrade });
  // Begun before it is known whether a release stands: mostly one does.
  const guess = approved?.isUpgrade ?? true;
  const early = fetching && render(guess);
  early?.catch(() => {});
  const release = await readRelease(helm, spec);
  const notes = judgeRelease(ctx, spec, release);
  const standing = release ? objectsOf(release.manifest, "the release that stands") : [];
  const secretTexts = ctx.assign.redact;
  if (!fetching) {
    const kept = standing.filter((object) => object.metadata.annotations?.["helm.sh/resource-policy"] === "keep");
    for (const object of kept) notes.push(`${object.kind} ${object.metadata.name} stays: its resource policy says so`);
    if (standing.some(({ kind }) => kind === "StatefulSet")) notes.push("Claims that stateful sets have made stay, with their volumes");
    const before = standing.filter((object) => !kept.includes(object));
    const objects = kubernetesPlan({ before, after: [], defaultNamespace: spec.namespace, secretTexts });
    return { release, files: undefined, documents: [], unstable: new Set(), objects, notes, hasChanges: release !== undefined };
  }

  const files = await fetching;
  const isUpgrade = release !== undefined;
  const again = approved === undefined && mayBeRandom(files);
  const [documents, second] = await Promise.all([
    early && guess === isUpgrade ? early : render(isUpgrade),
    again ? render(isUpgrade) : undefined,
  ]);
  const unstable = approved ? new Set(approved.unstable) : differing(documents, second ?? documents, spec.namespace);
  const rendered = documents.flatMap((text) => objectsOf(text, "the rendered chart"));
  const [hooks, wanted] = [rendered.filter(isHook), rendered.filter((object) => !isHook(object))];
  const steady = (objects: KubernetesObject[]): KubernetesObject[] =>
    objects.filter((object) => !unstable.has(identityOf(object, spec.namespace)));
  const plan = (before: KubernetesObject[], after: KubernetesObject[]): PlanObject[] =>
    kubernetesPlan({ before, after, defaultNamespace: spec.namespace, secretTexts });

  const settled =
    release?.status === "deployed" &&
    plan(steady(standing), steady(wanted)).length === 0 &&
    isDeepStrictEqual(plainJson(release.values), plainJson(JSON.parse(files.valuesText))) &&
    `${files.name} ${files.version}` === `${release.chart} ${release.version}`;
  const changed = settled ? [] : plan(standing, wanted);
  const drift = settled ? await findDrift(ctx, { kubectl, objects: standing, spec }) : { objects: [], drifted: [] };
  const hookObjects =
    settled && drift.drifted.length === 0
      ? []
      : kubernetesPlan({ before: [], after: hooks, defaultNamespace: spec.namespace, secretTexts, group: "hooks" });
  if (!settled) notes.push(...notesOf(files, release));
  if (unstable.size > 0 && !settled)
    notes.push(`${unstable.size} objects get new random values at every deploy; those shown are those that are applied`);
  return {
    release,
    files,
    documents,
    unstable,
    objects: [...changed, ...drift.objects, ...hookObjects],
    notes,
    hasChanges: !settled || drift.drifted.length > 0,
  };
}

/**
 * The plan's bytes: every rendered document, and what they were rendered from and against.
 * @param approved documents that win over this rendering where it is unstable
 */
export function planBytes(spec: HelmPlanSpec | HelmApplySpec, compared: Comparison): Buffer {
  const { release, documents, unstable, files } = compared;
  return Buffer.from(
    canonicalJson({
      version: 1,
      kind: "helm",
      destroy: spec.destroy,
      release: { name: spec.releaseName, namespace: spec.namespace, storageDriver: spec.storageDriver },
      chart: spec.artifact.digest,
      values: files ? sha256(files.valuesText) : null,
      base: release ? { revision: release.revision, status: release.status, manifest: sha256(release.manifest) } : null,
      drift: digestOf(compared.objects.filter(({ group }) => group === "drift").map(({ address, action }) => [address, action])),
      documents,
      unstable: [...unstable].toSorted(),
    }),
  );
}

/** The objects of rendered text. */
export function objectsOf(text: string, from: string): KubernetesObject[] {
  return readObjects(text, from).map(({ object }) => object);
}

function fetchedOf(fetching: Promise<ChartFiles> | undefined): Promise<ChartFiles> {
  return fetching ?? Promise.reject(new Error("A removal has no chart"));
}

function differing(first: readonly string[], second: readonly string[], namespace: string): Set<string> {
  if (isDeepStrictEqual(first, second)) return new Set();
  const others = new Set(second);
  return new Set(
    first
      .filter((text) => !others.has(text))
      .flatMap((text) => objectsOf(text, "the rendered chart").map((object) => identityOf(object, namespace))),
  );
}

function notesOf(files: ChartFiles, release: Release | undefined): string[] {
  const now = `${files.name} ${files.version}`;
  const before = release && `${release.chart} ${release.version}`;
  const notes = before === undefined ? [`chart ${now}`] : before === now ? [] : [`chart ${before} → ${now}`];
  if (files.crds.length > 0)
    notes.push(
      release
        ? "Helm does not change definitions in the chart's crds/ once they are there"
        : "The chart's crds/ are made first, where they are not there yet",
    );
  return notes;
}

function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? {}));
}
