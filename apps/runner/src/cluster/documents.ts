import type { KubernetesObject } from "@berth/plan/kubernetes";
import { LineCounter, parseAllDocuments } from "yaml";
import { JobFailure } from "../handlers/handler.ts";
import { kubernetesYaml } from "./kubernetes-yaml.ts";

/** More than these in one component is refused. */
const most = { characters: 32 * 1024 * 1024, objects: 10_000 };

/** Where an object was written. */
export type ReadObject = { object: KubernetesObject; where: string };

/**
 * The Kubernetes objects of YAML documents. Lists are opened up, empty documents are left out.
 * @param from what the text is, for errors: `the manifest`, `the rendered chart`
 * @param options.repeatedKeys takes a key that is there twice as Kubernetes does, by its last value, instead of refusing it
 * @throws JobFailure `spec_invalid` that names the document, its line and what is wrong with it
 */
export function readObjects(text: string, from: string, options: { repeatedKeys?: boolean } = {}): ReadObject[] {
  if (text.length > most.characters) throw refuse(`${from} has ${text.length} characters; at most ${most.characters} are taken`);
  const lines = new LineCounter();
  const found: ReadObject[] = [];
  const documents = parseAllDocuments(text, {
    ...kubernetesYaml,
    lineCounter: lines,
    uniqueKeys: options.repeatedKeys !== true,
  });
  if (!Array.isArray(documents)) return [];
  for (const [index, document] of documents.entries()) {
    const where = `document ${index + 1} of ${from} (line ${lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line})`;
    const [error] = document.errors;
    if (error) throw refuse(`${where} is not YAML: ${error.message}`);
    let value: unknown;
    try {
      // A few aliases can make gigabytes.
      value = document.toJS({ maxAliasCount: 100 });
    } catch (problem) {
      throw refuse(`${where} can't be read: ${(problem as Error).message}`);
    }
    if (value !== null && value !== undefined) open(value, where, found);
    if (found.length > most.objects) throw refuse(`${from} has more than ${most.objects} objects`);
  }
  return found;
}

function open(value: unknown, where: string, found: ReadObject[]): void {
  const tree = asTree(value);
  if (!tree) throw refuse(`${where} is no Kubernetes object: it is ${Array.isArray(value) ? "a list" : typeof value}`);
  const { apiVersion, kind, metadata } = tree;
  if (typeof apiVersion !== "string" || apiVersion === "") throw refuse(`${where} has no apiVersion`);
  if (typeof kind !== "string" || kind === "") throw refuse(`${where} has no kind`);
  if (kind.endsWith("List") && Array.isArray(tree["items"])) {
    for (const [index, item] of tree["items"].entries()) open(item, `item ${index + 1} of ${where}`, found);
    return;
  }
  const name = asTree(metadata)?.["name"];
  if (asTree(metadata)?.["generateName"] !== undefined)
    throw refuse(`${where}, a ${kind}, has generateName: it would be another object at every deploy. Give it a name.`);
  if (typeof name !== "string" || name === "") throw refuse(`${where}, a ${kind}, has no metadata.name`);
  const namespace = asTree(metadata)?.["namespace"];
  if (namespace !== undefined && namespace !== null && typeof namespace !== "string")
    throw refuse(`${where}, ${kind} ${name}, has a namespace that is no text`);
  found.push({ object: tree as unknown as KubernetesObject, where });
}

function asTree(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function refuse(detail: string): JobFailure {
  return new JobFailure("spec_invalid", detail);
}
