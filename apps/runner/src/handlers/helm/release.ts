import type { KubernetesObject } from "@berth/plan/kubernetes";
import { failed, readPrinted, type Kubectl } from "../../cluster/kubectl.ts";
import { decodeRecord, type HelmRecord } from "./record.ts";
import type { HelmSpec } from "./helm.ts";

/** One revision of a release, from the record that Helm keeps of it in the cluster. */
export type Revision = {
  revision: number;
  status: string;
  description: string;
  /** When it began, RFC 3339. */
  updated: string;
  chart: string;
  version: string;
  appVersion: string;
  labels: Readonly<Record<string, string>>;
  /** What Helm wrote. */
  record: HelmRecord;
  /** Where it is written. */
  stored: KubernetesObject;
};

/** A release as it stands. */
export type Release = {
  newest: Revision;
  /** Whose objects stand: the deployed revision, else the newest. Undefined where the release was uninstalled and only its history was kept. */
  standing: Revision | undefined;
};

/** Where the records of a release lie. */
export type ReleasePlace = Pick<HelmSpec, "storageDriver" | "namespace" | "releaseName">;

/**
 * Reads the records of a release; undefined where there is none.
 * @param only reads none but the records of that status: they may be ten, of a megabyte each
 * @throws JobFailure where they can't be read
 */
export async function readRelease(kubectl: Kubectl, spec: ReleasePlace, only?: "deployed"): Promise<Release | undefined> {
  const { storageDriver, namespace, releaseName } = spec;
  const run = await kubectl.run([
    "get",
    storageDriver,
    "--namespace",
    namespace,
    "--selector",
    `owner=helm,name=${releaseName}${only === undefined ? "" : `,status=${only}`}`,
    "-o",
    "json",
  ]);
  if (!run.ok) throw failed(`get ${storageDriver}`, run);
  const revisions = readPrinted(run.stdout)
    .filter((object) => /^sh\.helm\.release\.v\d+\./.test(object.metadata.name))
    .map((object) => revisionOf(object, spec))
    .toSorted((a, b) => b.revision - a.revision);
  const [newest] = revisions;
  if (!newest) return undefined;
  const deployed = revisions.find(({ status }) => status === "deployed");
  return { newest, standing: deployed ?? (newest.status === "uninstalled" ? undefined : newest) };
}

function revisionOf(stored: KubernetesObject, spec: ReleasePlace): Revision {
  const { name, labels } = stored.metadata;
  const data = (stored["data"] as Record<string, string> | undefined)?.["release"] ?? "";
  const record = decodeRecord(data, spec.storageDriver, `The ${spec.storageDriver} ${spec.namespace}/${name}`);
  const about = record.chart?.metadata;
  return {
    revision: record.version,
    status: record.info.status,
    description: record.info.description ?? "",
    updated: record.info.last_deployed ?? "",
    chart: about?.name ?? "",
    version: about?.version ?? "",
    appVersion: about?.appVersion ?? "",
    labels: labels ?? {},
    record,
    stored,
  };
}
