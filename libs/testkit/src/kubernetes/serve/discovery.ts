import type { Kinds } from "../kinds/registry.ts";
import { apiVersionOf, type Kind } from "../kinds/kind.ts";
import type { Tree } from "../tree.ts";
import { reviews } from "./reviews.ts";

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

type Served = { group: string; version: string; kinds: Kind[] };

/** A discovery document for a path, or undefined where the path is none. */
export function discovery(kinds: Kinds, path: string, accept: string): { body: Tree; type?: string } | undefined {
  const served = servedVersions(kinds);
  const isAggregated = /as=APIGroupDiscoveryList/.test(accept) && /v=v2(;|,|$)/.test(accept);
  const parts = path.split("/").filter(Boolean);
  if (parts[0] === "api" && parts.length === 1) {
    const core = served.filter(({ group }) => group === "");
    if (isAggregated) return { body: aggregate(core), type: aggregated };
    return { body: { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] } };
  }
  if (parts[0] === "apis" && parts.length === 1) {
    const groups = served.filter(({ group }) => group !== "");
    if (isAggregated) return { body: aggregate(groups), type: aggregated };
    return { body: { kind: "APIGroupList", apiVersion: "v1", groups: groupNames(groups).map((group) => apiGroup(group, groups)) } };
  }
  if (parts[0] === "apis" && parts.length === 2) {
    const group = parts[1] ?? "";
    if (!served.some((one) => one.group === group)) return undefined;
    return { body: { kind: "APIGroup", apiVersion: "v1", ...apiGroup(group, served) } };
  }
  const [group, version] = parts[0] === "api" ? ["", parts[1]] : [parts[1], parts[2]];
  if (parts.length !== (parts[0] === "api" ? 2 : 3)) return undefined;
  const found = served.find((one) => one.group === group && one.version === version);
  return found && { body: resourceList(found) };
}

function servedVersions(kinds: Kinds): Served[] {
  const out = new Map<string, Served>();
  for (const kind of [...kinds.all(), ...reviews]) {
    const key = apiVersionOf(kind);
    const entry = out.get(key) ?? { group: kind.group, version: kind.version, kinds: [] };
    entry.kinds.push(kind);
    out.set(key, entry);
  }
  return [...out.values()];
}

function groupNames(served: Served[]): string[] {
  return [...new Set(served.map(({ group }) => group))];
}

function apiGroup(name: string, served: Served[]): Tree {
  const versions = served.filter(({ group }) => group === name).map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function verbsOf(kind: Kind): string[] {
  return reviews.includes(kind) ? ["create"] : allVerbs;
}

function aggregate(served: Served[]): Tree {
  const items = groupNames(served).map((name) => ({
    metadata: { ...(name !== "" && { name }), creationTimestamp: null },
    versions: served
      .filter(({ group }) => group === name)
      .map(({ version, kinds }) => ({ version, freshness: "Current", resources: kinds.map(aggregatedResource) })),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function aggregatedResource(kind: Kind): Tree {
  const responseKind = { group: kind.group, version: kind.version, kind: kind.kind };
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(kind.subresources.length > 0 && {
      subresources: kind.subresources.map((subresource) => ({
        subresource,
        responseKind: subresource === "scale" ? { group: "autoscaling", version: "v1", kind: "Scale" } : responseKind,
        verbs: subresource === "log" ? ["get"] : ["get", "patch", "update"],
      })),
    }),
  };
}

function resourceList(served: Served): Tree {
  const resources = served.kinds.flatMap((kind) => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: verbsOf(kind),
      ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
      ...(kind.categories.length > 0 && { categories: kind.categories }),
    },
    ...kind.subresources.map((name) => ({
      name: `${kind.plural}/${name}`,
      singularName: "",
      namespaced: kind.namespaced,
      kind: name === "scale" ? "Scale" : kind.kind,
      ...(name === "scale" && { group: "autoscaling", version: "v1" }),
      verbs: name === "log" ? ["get"] : ["get", "patch", "update"],
    })),
  ]);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersionOf(served), resources };
}
