import type { KubernetesObject } from "@berth/plan/kubernetes";
import { failed, type Kubectl } from "./kubectl.ts";
import type { ReadObject } from "./documents.ts";
import { JobFailure } from "../handlers/handler.ts";

/** What the cluster serves: by `<apiVersion> <kind>`, whether it lies in a namespace. */
export type Served = ReadonlyMap<string, boolean>;

/** Asks the cluster for its kinds. */
export async function readServed(kubectl: Kubectl): Promise<Served> {
  const run = await kubectl.run(["api-resources", "--no-headers"]);
  // An aggregated API whose server is away fails the command, the others are listed all the same.
  if (!run.ok && run.stdout.trim() === "") throw failed("api-resources", run);
  const found = new Map<string, boolean>();
  for (const line of run.stdout.split("\n")) {
    // NAME [SHORTNAMES] APIVERSION NAMESPACED KIND
    const match = /\s(\S+)\s+(true|false)\s+(\S+)\s*$/.exec(line);
    if (match) found.set(`${match[1]} ${match[3]}`, match[2] === "true");
  }
  return found;
}

/** An object ready to be sent, with its namespace where its kind has one. `later`: its kind comes with a definition of the same set. */
export type PlacedObject = { object: KubernetesObject; where: string; later: boolean };

/**
 * Puts objects into their namespaces and tells which kinds the cluster does not serve yet.
 * @throws JobFailure `spec_invalid` for a kind that nobody defines, and for two documents of the same object
 */
export function placeObjects(read: readonly ReadObject[], served: Served, namespace: string): PlacedObject[] {
  const defined = new Map<string, boolean>();
  for (const { object } of read) {
    if (object.kind !== "CustomResourceDefinition") continue;
    const spec = object["spec"] as
      | { group?: string; scope?: string; names?: { kind?: string }; versions?: { name?: string }[] }
      | undefined;
    for (const version of spec?.versions ?? [])
      defined.set(`${spec?.group}/${version.name} ${spec?.names?.kind}`, spec?.scope === "Namespaced");
  }
  const places = new Map<string, string>();
  return read.map(({ object, where }) => {
    const key = `${object.apiVersion} ${object.kind}`;
    const namespaced = served.get(key) ?? defined.get(key);
    if (namespaced === undefined)
      throw new JobFailure(
        "spec_invalid",
        `${where}: the cluster does not know ${object.kind} in ${object.apiVersion}. Deploy what defines it first (a component that this one depends on), or correct the apiVersion.`,
      );
    const { namespace: written, ...metadata } = object.metadata;
    const placed: KubernetesObject = { ...object, metadata: namespaced ? { ...metadata, namespace: written || namespace } : metadata };
    const place = `${key} ${placed.metadata.namespace ?? ""}/${metadata.name}`;
    const other = places.get(place);
    if (other !== undefined)
      throw new JobFailure("spec_invalid", `${where} and ${other} are both ${object.kind} ${metadata.name}: one object, one document`);
    places.set(place, where);
    return { object: placed, where, later: !served.has(key) };
  });
}
