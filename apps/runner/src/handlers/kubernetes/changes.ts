import { isDeepStrictEqual } from "node:util";
import { canonicalJson, digestOf } from "@berth/kit/digest";
import { addressOf, identityOf, kubernetesPlan, withoutNoise, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import type { KubernetesApplySpec, KubernetesPlanSpec } from "@berth/protocol/job-spec";
import { readObjects } from "../../cluster/documents.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import type { JobContext } from "../handler.ts";
import { dryRun } from "../../cluster/dry-run.ts";
import { fieldManager, inventoryName, objectOf, readInventory, type Inventory } from "./inventory.ts";
import { inOrder } from "./order.ts";
import { placeObjects, readServed, type PlacedObject } from "../../cluster/served.ts";
import { readSource } from "./source.ts";

/** What is to be done in the cluster, and what it is a change of. The apply works it out again: the same digest, or the plan is stale. */
export type Changes = {
  objects: PlanObject[];
  notes: string[];
  /** To be applied, in order. */
  wanted: PlacedObject[];
  /** To be deleted, in the order of deletion: what has left the component, or all of it. */
  pruned: KubernetesObject[];
  /** Addresses of objects that have to be deleted first, with the reason. */
  replaced: ReadonlyMap<string, string>;
  makesNamespace: boolean;
  inventory: Inventory | undefined;
  at: { name: string; namespace: string };
  /** Of all differences, unmasked. */
  digest: string;
};

/** Annotations that keep an object from being deleted when it leaves its component. */
const keeps = (object: KubernetesObject): boolean => {
  const annotations = object.metadata.annotations ?? {};
  return annotations["berth.dev/prune"] === "disabled" || annotations["helm.sh/resource-policy"] === "keep";
};

/** Compares what is wanted with what stands, by a dry run on the server. */
export async function findChanges(ctx: JobContext, spec: KubernetesPlanSpec | KubernetesApplySpec, kubectl: Kubectl): Promise<Changes> {
  const { namespace } = spec;
  const at = { name: inventoryName(ctx.assign.installId, spec.target), namespace };
  const notes: string[] = [];
  const [there] = await kubectl.objects(["get", "namespace", namespace, "--ignore-not-found"]);
  const inventory = there ? await readInventory(kubectl, at) : undefined;
  const served = await readServed(kubectl);

  let wanted: PlacedObject[] = [];
  if (!spec.destroy) {
    const { text, from } = await readSource(ctx, spec, kubectl);
    wanted = inOrder(placeObjects(readObjects(text, from), served, namespace).map((each) => ({ ...each, kind: each.object.kind })));
  }
  const makesNamespace =
    !spec.destroy && !there && !wanted.some(({ object }) => object.kind === "Namespace" && object.metadata.name === namespace);

  const identities = new Set(wanted.map(({ object }) => identityOf(object, namespace)));
  const known = (inventory?.objects ?? []).map(objectOf);
  const gone = known.filter(
    (object) => !identities.has(identityOf(object, namespace)) && served.has(`${object.apiVersion} ${object.kind}`),
  );
  const live = await readLive(kubectl, [...wanted.filter(({ later }) => !later).map(({ object }) => object), ...gone]);
  const liveBy = new Map(live.map((object) => [identityOf(object, namespace), object]));

  const kept = gone.filter((object) => keeps(liveBy.get(identityOf(object, namespace)) ?? object));
  for (const object of kept)
    notes.push(`${addressOf(object, namespace)} is no longer part of this component and stays: its annotations say so`);
  const pruned = inOrder(gone.filter((object) => !kept.includes(object) && liveBy.has(identityOf(object, namespace)))).toReversed();

  const tried = await dryRun(kubectl, { wanted, live: liveBy, namespace, hasNamespace: there !== undefined, fieldManager });
  notes.push(...tried.notes);
  const made: KubernetesObject[] = makesNamespace ? [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }] : [];
  const before = [...wanted.map(({ object }) => object), ...pruned].flatMap((object) => liveBy.get(identityOf(object, namespace)) ?? []);
  // What is new is shown as it is written: what the server adds to it (a Job's own labels) is another one at every try.
  const written = new Map(wanted.map(({ object }) => [identityOf(object, namespace), object]));
  const isNew = (object: KubernetesObject): boolean => !liveBy.has(identityOf(object, namespace));
  const after = [
    ...made,
    ...tried.after.map((object) => (isNew(object) ? (written.get(identityOf(object, namespace)) ?? object) : object)),
  ];
  const objects = kubernetesPlan({ before, after, defaultNamespace: namespace, secretTexts: ctx.assign.redact, replaced: tried.replaced });
  return {
    objects,
    notes,
    wanted,
    pruned,
    replaced: tried.replaced,
    makesNamespace,
    inventory,
    at,
    digest: digestOfChanges({ before, after, namespace, replaced: tried.replaced }),
  };
}

async function readLive(kubectl: Kubectl, objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
  if (objects.length === 0) return [];
  return await kubectl.objects(["get", "-f", kubectl.file(objects.map(nameOnly)), "--ignore-not-found"]);
}

/** A digest of the places that change, with their values: what else moves in the same objects (a scaled deployment, a status) does not make a plan stale. */
function digestOfChanges(input: {
  before: readonly KubernetesObject[];
  after: readonly KubernetesObject[];
  namespace: string;
  replaced: ReadonlyMap<string, string>;
}): string {
  const clean = (objects: readonly KubernetesObject[]): Map<string, KubernetesObject> =>
    new Map(objects.map((object) => [identityOf(object, input.namespace), withoutNoise(object, input.namespace)]));
  const [before, after] = [clean(input.before), clean(input.after)];
  const changes = [...new Set([...before.keys(), ...after.keys()])].toSorted().map((identity) => {
    const [old, now] = [before.get(identity), after.get(identity)];
    // A deletion is one whatever has changed in the object meanwhile.
    return [identity, old && now ? differences(old, now) : now ? canonicalJson(now) : "deleted"];
  });
  return digestOf([changes, [...input.replaced.keys()].toSorted()]);
}

/** The places at which two values differ, with both values. */
function differences(old: unknown, now: unknown, path = ""): unknown[] {
  if (isDeepStrictEqual(old, now)) return [];
  if (!isTree(old) || !isTree(now) || Array.isArray(old) !== Array.isArray(now)) return [[path, old ?? null, now ?? null]];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].toSorted();
  return keys.flatMap((key) => differences(old[key], now[key], `${path}/${key}`));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
