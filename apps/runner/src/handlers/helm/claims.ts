import { addressOf, identityOf, kubernetesPlan, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import { dryRun } from "../../cluster/dry-run.ts";
import { failed, readPrinted, type Kubectl } from "../../cluster/kubectl.ts";
import { placeObjects, readServed, type PlacedObject } from "../../cluster/served.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import { readDefinitions } from "./definitions.ts";
import { JobFailure } from "../handler.ts";
import type { Chart } from "./chart.ts";
import type { Helm, HelmSpec } from "./helm.ts";
import { withMarks } from "./marks.ts";

/**
 * Looks for objects that the release is to make and that are there already, and are not its own. They are taken over only where the component says so; then the
 * plan shows what changes of them. The namespace, and definitions that come with the chart, are told of as well.
 * @throws JobFailure `helm_failed` that names the objects and the way out, `spec_invalid` for a kind that the cluster does not know
 */
export async function readClaims(input: {
  kubectl: Kubectl;
  helm: Helm;
  spec: HelmSpec;
  chart: Chart;
  wanted: readonly KubernetesObject[];
  known: readonly KubernetesObject[];
  secretTexts: readonly string[];
}): Promise<{ objects: PlanObject[]; notes: string[] }> {
  const { kubectl, spec } = input;
  const { namespace } = spec;
  const own = new Set(input.known.map((object) => identityOf(object, namespace)));
  const definitions = await readDefinitions(input.helm, input.chart);
  // Where something stands its namespace does too.
  const nothingNew = own.size > 0 && input.wanted.every((object) => own.has(identityOf(object, namespace)));
  if (nothingNew && definitions.length === 0) return { objects: [], notes: [] };
  const served = await readServed(kubectl);
  const read = [...input.wanted, ...definitions].map((object) => ({
    object,
    where: `${object.kind} ${object.metadata.name} of the chart`,
  }));
  const placed = placeObjects(read, served, namespace).slice(0, input.wanted.length);
  const fresh = placed.filter(({ object, later }) => !later && !own.has(identityOf(object, namespace)));
  const asked: object[] = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    ...fresh.map(({ object }) => nameOnly(object)),
    ...definitions.map(nameOnly),
  ];
  const run = await kubectl.run(["get", "-f", kubectl.file(asked), "--ignore-not-found", "-o", "json"]);
  if (!run.ok) throw failed("get", run);
  const live = new Map(readPrinted(run.stdout).map((object) => [identityOf(object, namespace), object]));
  const isThere = (object: KubernetesObject): boolean => live.has(identityOf(object, namespace));

  const hasNamespace = isThere({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const notes = hasNamespace ? [] : [`Namespace ${namespace} is made`];
  const missing = definitions.filter((object) => !isThere(object)).map(({ metadata }) => metadata.name);
  if (missing.length > 0) notes.push(`These definitions are made first: ${missing.join(", ")}`);
  if (missing.length < definitions.length)
    notes.push("Definitions in the chart's crds/ that are there already stay as they are: Helm never changes them");

  const foreign = fresh.filter(({ object }) => isThere(object) && !isOurs(live.get(identityOf(object, namespace)), spec));
  if (foreign.length === 0) return { objects: [], notes };
  const names = foreign.map(({ object }) => addressOf(object, namespace));
  if (!spec.takeOwnership)
    throw new JobFailure(
      "helm_failed",
      `${list(names)} exists already and is no part of the release ${spec.releaseName}. ` +
        `Set take_ownership = true on the component to have the release take it over, or remove it, then retry.`,
    );
  notes.push(`The release takes over what is there already: ${list(names)}`);
  const marked = foreign.map((each): PlacedObject => ({ ...each, object: withMarks(each.object, spec) }));
  const { after } = await dryRun(kubectl, { wanted: marked, live, namespace, hasNamespace, fieldManager: "helm" });
  const before = foreign.flatMap(({ object }) => live.get(identityOf(object, namespace)) ?? []);
  const objects = kubernetesPlan({ before, after, defaultNamespace: namespace, secretTexts: input.secretTexts });
  return { objects: objects.map((object) => ({ ...object, reason: "it is taken over" })), notes };
}

function isOurs(object: KubernetesObject | undefined, spec: HelmSpec): boolean {
  const { labels, annotations } = object?.metadata ?? {};
  return (
    labels?.["app.kubernetes.io/managed-by"] === "Helm" &&
    annotations?.["meta.helm.sh/release-name"] === spec.releaseName &&
    annotations["meta.helm.sh/release-namespace"] === spec.namespace
  );
}

function list(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");
}
