import { isDeepStrictEqual } from "node:util";
import { JobFailure } from "../handler.ts";
import type { PlanDocument } from "./plan-document.ts";
import { documentsOfTexts, type RenderedDocument } from "./rendering.ts";
import { changedSince } from "./unstable.ts";

/**
 * Makes sure that an approved plan still fits what stands.
 * @param now the document of a plan made now, without its rendering
 * @throws JobFailure `plan_stale` that names what is another one
 */
export function checkBase(approved: PlanDocument, now: PlanDocument): void {
  const { base: then } = approved;
  const found = now.base;
  if (!isDeepStrictEqual(then, found)) {
    const say = (base: PlanDocument["base"]): string => (base ? `revision ${base.revision} (${base.status})` : "no release");
    throw stale(
      `the plan was made where ${say(then)} stood, and now ${say(found)} stands: somebody has deployed, rolled back or removed it`,
    );
  }
  const parts: readonly (readonly [keyof PlanDocument, string])[] = [
    ["destroy", "what is to be done"],
    ["release", "the release's name, namespace or settings"],
    ["pullSecret", "the credential for images"],
    ["chart", "the chart"],
    ["values", "the values"],
  ];
  for (const [key, name] of parts) {
    if (!isDeepStrictEqual(approved[key], now[key])) throw stale(`it was made with other input: ${name} changed since`);
  }
}

/** Makes sure that the chart still renders to what was approved. @throws JobFailure `plan_stale` */
export function checkRendering(approved: PlanDocument, now: readonly RenderedDocument[]): void {
  const changed = changedSince({
    approved: documentsOfTexts(approved.documents, "the approved plan"),
    now,
    unstable: approved.unstable,
    namespace: approved.release.namespace,
  });
  if (changed.length === 0) return;
  const some = changed.slice(0, 5).map((key) => key.trim());
  const more = changed.length > some.length ? ` and ${changed.length - some.length} more` : "";
  throw stale(`in this cluster the chart now renders to something else: ${some.join(", ")}${more}`);
}

function stale(why: string): JobFailure {
  return new JobFailure("plan_stale", `The plan is out of date: ${why}. Nothing was applied; a new plan shows what is different.`);
}
