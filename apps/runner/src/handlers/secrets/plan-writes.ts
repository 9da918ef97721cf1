import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { SecretReport } from "@berth/protocol/specs/secrets";
import { JobFailure } from "../handler.ts";
import { installLabel, keysAnnotation, madeForAnnotation, syncedLabel, type LiveSecrets } from "./live-secrets.ts";
import type { WantedObject } from "./wanted-objects.ts";

type TargetChange = SecretReport["targets"][number]["change"];

/** What is to be done in the cluster. */
export type Writes = {
  /** Kubernetes secrets as they are applied: our keys and marks, nothing else. */
  apply: object[];
  /** Those that others have made, and only our keys go into. */
  shared: string[];
  /** By `<namespace>/<name>/<key>`. */
  changes: Map<string, TargetChange>;
  /** What left the config. */
  removed: { namespace: string; name: string; how: "deleted" | "released" }[];
};

/**
 * Compares what is wanted with what stands. Pure.
 * @throws JobFailure `kubernetes_failed` where another install's sync writes into the same Kubernetes secret
 */
export function planWrites(input: { installId: string; wanted: readonly WantedObject[]; live: LiveSecrets["objects"] }): Writes {
  const { installId, wanted, live } = input;
  const writes: Writes = { apply: [], shared: [], changes: new Map(), removed: [] };
  for (const object of wanted) {
    const { namespace, name } = object;
    const address = `${namespace}/${name}`;
    const standing = live.get(address);
    const owner = labelsOf(standing)[installLabel];
    if (owner !== undefined && owner !== installId) {
      throw new JobFailure(
        "kubernetes_failed",
        `The Kubernetes secret ${address} belongs to the install ${owner}, which shares this cluster. Give one of them another name or namespace.`,
      );
    }
    const data: Record<string, string> = {};
    const before = dataOf(standing);
    const written = annotationsOf(standing)[keysAnnotation]?.split(",") ?? [];
    for (const { key, value } of object.keys) {
      // What others have put there is of no interest where there is nothing to put in its place.
      const at = value || written.includes(key) ? before[key] : undefined;
      // What was written earlier stays while its source is empty: to take it away would stop the app.
      const next = value?.toString("base64") ?? at;
      if (next !== undefined) data[key] = next;
      const change =
        value === undefined
          ? at === undefined
            ? "missing"
            : "kept"
          : at === undefined
            ? "created"
            : at === next
              ? "unchanged"
              : "updated";
      writes.changes.set(`${address}/${key}`, change);
    }
    if (Object.keys(data).length === 0) continue;
    const ours = standing === undefined || isOurs(standing, installId);
    if (!ours) writes.shared.push(address);
    writes.apply.push(secretObject({ namespace, name, data, installId, ours }));
  }
  const names = new Set(wanted.map(({ namespace, name }) => `${namespace}/${name}`));
  for (const [address, object] of live) {
    if (names.has(address) || labelsOf(object)[installLabel] !== installId) continue;
    const { namespace = "", name } = object.metadata;
    writes.removed.push({ namespace, name, how: isOurs(object, installId) ? "deleted" : "released" });
  }
  return writes;
}

function secretObject(input: { namespace: string; name: string; data: Record<string, string>; installId: string; ours: boolean }): object {
  const { namespace, name, data, installId, ours } = input;
  return {
    apiVersion: "v1",
    kind: "Secret",
    ...(ours ? { type: "Opaque" } : {}),
    metadata: {
      name,
      namespace,
      labels: {
        [installLabel]: installId,
        [syncedLabel]: "true",
        ...(ours ? { "app.kubernetes.io/managed-by": "berth" } : {}),
      },
      annotations: { [keysAnnotation]: Object.keys(data).toSorted().join(","), ...(ours ? { [madeForAnnotation]: installId } : {}) },
    },
    data,
  };
}

function isOurs(object: KubernetesObject, installId: string): boolean {
  return annotationsOf(object)[madeForAnnotation] === installId;
}

function annotationsOf(object: KubernetesObject | undefined): Readonly<Record<string, string>> {
  return asTexts((object?.metadata as { annotations?: unknown } | undefined)?.annotations);
}

function labelsOf(object: KubernetesObject | undefined): Readonly<Record<string, string>> {
  return asTexts((object?.metadata as { labels?: unknown } | undefined)?.labels);
}

function dataOf(object: KubernetesObject | undefined): Readonly<Record<string, string>> {
  return asTexts(object?.["data"]);
}

function asTexts(value: unknown): Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null ? (value as Record<string, string>) : {};
}
