import { addressOf, identityOf, kubernetesPlan, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import type { JobContext } from "../handler.ts";
import type { HelmSpec } from "./helm.ts";
import { hookEvents } from "./hooks.ts";
import { planDocument } from "./plan-document.ts";
import type { ReleasePlan } from "./plan-release.ts";
import type { Release } from "./release.ts";
import { documentsOf, hooksAt, ownObjects } from "./rendering.ts";

/** What a removal takes away, what it leaves, and the hooks it runs. */
export function planRemoval(ctx: JobContext, spec: HelmSpec, release: Release | undefined): ReleasePlan {
  const { namespace } = spec;
  const document = planDocument({ spec, release, values: undefined, documents: [], unstable: {} });
  if (!release?.standing) return { document, objects: [], notes: ["There is no release to remove"], hasChanges: release !== undefined };
  const documents = documentsOf(release.newest.record, "the release that stands");
  const objects = [...ownObjects(documents), ...leftovers(spec, release)];
  const kept = objects.filter(isKept);
  const secretTexts = ctx.assign.redact;
  const remove = kubernetesPlan({
    before: objects.filter((object) => !isKept(object)),
    after: [],
    defaultNamespace: namespace,
    secretTexts,
  });
  const stay = kept.map((object): PlanObject => ({
    address: addressOf(object, namespace),
    group: "objects",
    action: "none",
    type: `${object.apiVersion}/${object.kind}`,
    reason: "its resource policy keeps it",
  }));
  const hooks = kubernetesPlan({
    before: [],
    after: hooksAt(documents, hookEvents.remove).flatMap((hook) => hook.objects),
    defaultNamespace: namespace,
    secretTexts,
    group: "hooks",
  });
  const notes = [`Namespace ${namespace}, and definitions that came with the chart, stay`];
  const claims = objects.filter(({ kind, ...object }) => kind === "StatefulSet" && hasClaims(object));
  if (claims.length > 0)
    notes.push(`The volume claims of ${claims.map((object) => addressOf(object, namespace)).join(", ")} stay, and so does what is on them`);
  return { document, objects: [...remove, ...stay, ...hooks], notes, hasChanges: true };
}

/**
 * Objects of the deployed revision that a newer one, which failed, does not have any more: Helm forgets them, so a removal takes them away by itself. What is to
 * be kept is among them.
 */
export function leftovers(spec: HelmSpec, release: Release): KubernetesObject[] {
  const { newest, standing } = release;
  if (!standing || standing.revision === newest.revision) return [];
  const known = new Set(ownObjects(documentsOf(newest.record, "the newest revision")).map((object) => identityOf(object, spec.namespace)));
  return ownObjects(documentsOf(standing.record, "the deployed revision")).filter(
    (object) => !known.has(identityOf(object, spec.namespace)),
  );
}

/** Whether a removal leaves an object where it is. */
export function isKept(object: KubernetesObject): boolean {
  return object.metadata.annotations?.["helm.sh/resource-policy"] === "keep";
}

function hasClaims(object: Record<string, unknown>): boolean {
  const spec = object["spec"] as { volumeClaimTemplates?: unknown[] } | undefined;
  return (spec?.volumeClaimTemplates ?? []).length > 0;
}
