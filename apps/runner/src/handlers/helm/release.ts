import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { JobFailure } from "../handler.ts";
import { helmFailed, type Helm } from "./helm.ts";

/** A release as it stands: its newest revision, and what is deployed of it. */
export type Release = {
  revision: number;
  status: string;
  description: string;
  /** When the newest revision began, RFC 3339. */
  updated: string;
  chart: string;
  version: string;
  appVersion: string;
  /** What the newest revision was made with. */
  values: unknown;
  labels: Readonly<Record<string, string>>;
  /** Rendered objects that stand, or may stand: those of the deployed revision, else of the newest. */
  manifest: string;
  /** The objects that the release has, as they are in the cluster. */
  live: readonly KubernetesObject[];
};

type Status = {
  version?: number;
  manifest?: string;
  config?: unknown;
  info?: { status?: string; description?: string; last_deployed?: string; resources?: Record<string, KubernetesObject[]> };
};
type Metadata = { chart?: string; version?: string; appVersion?: string; labels?: Record<string, string> };

/** Reads a release; undefined where there is none. @throws JobFailure */
export async function readRelease(helm: Helm, spec: HelmPlanSpec | HelmApplySpec): Promise<Release | undefined> {
  const at = ["--namespace", spec.namespace];
  const [status, found] = await Promise.all([
    helm.run(["status", spec.releaseName, ...at, "-o", "json", ...(helm.major < 4 ? ["--show-resources"] : [])]),
    helm.run(["get", "metadata", spec.releaseName, ...at, "-o", "json"]),
  ]);
  if (!status.ok) {
    if (/release: not found/.test(status.stderr)) return undefined;
    throw helmFailed("status", status);
  }
  const newest = parse<Status>(status.stdout, "status");
  const metadata = found.ok ? parse<Metadata>(found.stdout, "get metadata") : {};
  const state = newest.info?.status ?? "unknown";
  const revision = newest.version ?? 0;
  return {
    revision,
    status: state,
    description: newest.info?.description ?? "",
    updated: newest.info?.last_deployed ?? "",
    chart: metadata.chart ?? "",
    version: metadata.version ?? "",
    appVersion: metadata.appVersion ?? "",
    values: newest.config ?? {},
    labels: metadata.labels ?? {},
    // Pods and the like, which others have made of them, come as `v1/Pod(related)`.
    live: Object.entries(newest.info?.resources ?? {}).flatMap(([kind, objects]) => (kind.endsWith("(related)") ? [] : objects)),
    manifest: state === "deployed" ? (newest.manifest ?? "") : await deployedManifest(helm, spec, newest.manifest ?? ""),
  };
}

async function deployedManifest(helm: Helm, spec: HelmPlanSpec | HelmApplySpec, otherwise: string): Promise<string> {
  const at = ["--namespace", spec.namespace];
  const history = await helm.run(["history", spec.releaseName, ...at, "-o", "json"]);
  if (!history.ok) return otherwise;
  const deployed = parse<{ revision: number; status: string }[]>(history.stdout, "history").findLast(({ status }) => status === "deployed");
  if (!deployed) return otherwise;
  const manifest = await helm.run(["get", "manifest", spec.releaseName, ...at, "--revision", String(deployed.revision)]);
  return manifest.ok ? manifest.stdout : otherwise;
}

function parse<T>(text: string, command: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new JobFailure("helm_failed", `helm ${command} printed no JSON.`);
  }
}
