import type { KubernetesObject } from "@berth/plan/kubernetes";
import { failed, readPrinted, type Kubectl } from "../../cluster/kubectl.ts";
import type { WantedObject } from "./wanted-objects.ts";

/** Whose Kubernetes secrets they are, on all that a sync has written into. */
export const installLabel = "berth.dev/install";
export const syncedLabel = "berth.dev/synced-secrets";
/** On those that a sync has made, and may remove. */
export const madeForAnnotation = "berth.dev/made-for";
/** The keys that a sync has written, with commas between them. */
export const keysAnnotation = "berth.dev/synced-keys";

/** What stands: Kubernetes secrets by `<namespace>/<name>`. `all`: every one that an earlier sync wrote into is among them. */
export type LiveSecrets = { objects: Map<string, KubernetesObject>; all: boolean };

/** Reads the wanted Kubernetes secrets, and those that earlier syncs of this install have written into. */
export async function readLive(kubectl: Kubectl, input: { installId: string; wanted: readonly WantedObject[] }): Promise<LiveSecrets> {
  const list = ["get", "secrets", "-l", `${installLabel}=${input.installId},${syncedLabel}=true`, "-o", "json"];
  const everywhere = await kubectl.run([...list, "--all-namespaces"]);
  const all = everywhere.ok;
  // An identity that is let into some namespaces only can still do its work there.
  if (!all && !/forbidden/i.test(everywhere.stderr)) throw failed("get", everywhere);
  const found = all ? readPrinted(everywhere.stdout) : [];
  const known = new Set(found.map(addressOf));
  const others = input.wanted.filter(({ namespace, name }) => !known.has(`${namespace}/${name}`)).map(nameOnly);
  if (others.length > 0) found.push(...(await kubectl.objects(["get", "-f", kubectl.file(others), "--ignore-not-found"])));
  return { objects: new Map(found.map((object) => [addressOf(object), object])), all };
}

function addressOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function nameOnly({ namespace, name }: WantedObject): object {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
}
