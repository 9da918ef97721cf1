import type { KubernetesObject } from "@berth/plan/kubernetes";
import { readObjects } from "../../cluster/documents.ts";
import type { HelmRecord } from "./record.ts";

/** One document of a rendering. */
export type RenderedDocument = {
  text: string;
  objects: KubernetesObject[];
  /** When it runs, where it is a hook: `pre-upgrade`, `test`. */
  events: readonly string[];
};

/** The documents of a record, hooks after what is part of the release. Comments that name a source, and empty documents, are left out. */
export function documentsOf(record: HelmRecord, from: string): RenderedDocument[] {
  const own = splitDocuments(record.manifest).map((text) => read(text, from, []));
  const hooks = (record.hooks ?? []).map((hook) => read(`${withoutSource(hook.manifest)}\n`, from, hook.events ?? []));
  return [...own, ...hooks].filter(({ objects }) => objects.length > 0);
}

/** The same from texts alone: a hook says so in an annotation. */
export function documentsOfTexts(texts: readonly string[], from: string): RenderedDocument[] {
  return texts.map((text) => {
    const { objects } = read(text, from, []);
    return { text, objects, events: eventsOf(objects) };
  });
}

/** Objects that belong to the release. */
export function ownObjects(documents: readonly RenderedDocument[]): KubernetesObject[] {
  return documents.filter(({ events }) => events.length === 0).flatMap(({ objects }) => objects);
}

/** Hooks that run at one of the events. */
export function hooksAt(documents: readonly RenderedDocument[], at: RegExp): RenderedDocument[] {
  return documents.filter(({ events }) => events.some((event) => at.test(event)));
}

/** Splits what Helm has printed, where a line `---` stands between documents. */
export function splitDocuments(text: string): string[] {
  return text
    .split(/^---[ \t]*$/m)
    .map(withoutSource)
    .filter((part) => part !== "")
    .map((part) => `${part}\n`);
}

function withoutSource(text: string): string {
  return text.replace(/^\s*# Source: .*\n/, "").trim();
}

function read(text: string, from: string, events: readonly string[]): RenderedDocument {
  return { text, objects: readObjects(text, from, { repeatedKeys: true }).map(({ object }) => object), events };
}

function eventsOf(objects: readonly KubernetesObject[]): string[] {
  const written = objects[0]?.metadata.annotations?.["helm.sh/hook"];
  return typeof written === "string" ? written.split(",").map((event) => event.trim()) : [];
}
