import { isDeepStrictEqual } from "node:util";
import { identityOf, type KubernetesObject } from "@berth/plan/kubernetes";
import { pathOf, pointerOf, valueAt, withValueAt } from "@berth/plan/pointer";
import type { RenderedDocument } from "./rendering.ts";

/**
 * What a chart renders to something else every time: by document, JSON pointers into the list of its objects. `""` is a whole document, one that is there under
 * another name each time.
 */
export type Unstable = Readonly<Record<string, readonly string[]>>;

/** What a document is about: the identities of its objects. */
export function keyOfDocument(document: RenderedDocument, namespace: string): string {
  return document.objects.map((object) => identityOf(object, namespace)).join(" + ");
}

/** Compares two renderings of the same chart with the same values against the same cluster. */
export function findUnstable(first: readonly RenderedDocument[], second: readonly RenderedDocument[], namespace: string): Unstable {
  const others = new Map(second.map((document) => [keyOfDocument(document, namespace), document]));
  const found: Record<string, string[]> = {};
  for (const document of first) {
    const key = keyOfDocument(document, namespace);
    const other = others.get(key);
    if (!other) found[key] = [""];
    else if (other.text !== document.text) {
      const places = differences(document.objects, other.objects, []);
      if (places.length > 0) found[key] = places;
    }
  }
  return found;
}

/** An object without its unstable places, for comparisons. */
export function steadyPart(object: KubernetesObject, unstable: Unstable, namespace: string): KubernetesObject {
  const pointers = (unstable[identityOf(object, namespace)] ?? []).filter((pointer) => pointer !== "");
  return pointers.reduce<KubernetesObject>(
    (steady, pointer) => (withValueAt([steady], pathOf(pointer), null) as KubernetesObject[])[0] ?? steady,
    object,
  );
}

/** Texts at unstable places: nobody chose them, so they may well be secrets. */
export function unstableTexts(documents: readonly RenderedDocument[], unstable: Unstable, namespace: string): string[] {
  return documents.flatMap((document) =>
    (unstable[keyOfDocument(document, namespace)] ?? [])
      .filter((pointer) => pointer !== "")
      .map((pointer) => valueAt(document.objects, pathOf(pointer)))
      .filter((value) => typeof value === "string"),
  );
}

/**
 * Where a new rendering is not the approved one, apart from what is unstable: names of the documents. None where it is the same.
 */
export function changedSince(input: {
  approved: readonly RenderedDocument[];
  now: readonly RenderedDocument[];
  unstable: Unstable;
  namespace: string;
}): string[] {
  const { unstable, namespace } = input;
  const keyed = (documents: readonly RenderedDocument[]) =>
    documents.map((document) => ({ key: keyOfDocument(document, namespace), document }));
  const [approved, now] = [keyed(input.approved), keyed(input.now)];
  const byKey = new Map(now.map(({ key, document }) => [key, document]));
  const changed = approved.flatMap(({ key, document }) => {
    const pointers = unstable[key];
    if (pointers?.includes("")) return [];
    const other = byKey.get(key);
    if (!other) return [key];
    if (other.text === document.text) return [];
    return isDeepStrictEqual(without(document.objects, pointers ?? []), without(other.objects, pointers ?? [])) ? [] : [key];
  });
  const known = new Set(approved.map(({ key }) => key));
  const fresh = now.filter(({ key }) => !known.has(key));
  const renamed = approved.filter(({ key }) => unstable[key]?.includes("") && !byKey.has(key));
  return fresh.length === renamed.length ? changed : [...changed, ...fresh.map(({ key }) => key)];
}

function without(objects: readonly KubernetesObject[], pointers: readonly string[]): unknown {
  return pointers.reduce<unknown>((value, pointer) => withValueAt(value, pathOf(pointer), null), objects);
}

/** JSON pointers to the deepest values that differ. */
function differences(a: unknown, b: unknown, path: readonly string[]): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  const both = typeof a === "object" && a !== null && typeof b === "object" && b !== null && Array.isArray(a) === Array.isArray(b);
  if (!both) return [pointerOf(path)];
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)];
  if (keysA.length !== keysB.length || !keysA.every((key) => Object.hasOwn(b, key))) return [pointerOf(path)];
  return keysA.flatMap((key) => differences((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], [...path, key]));
}
