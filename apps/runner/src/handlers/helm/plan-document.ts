import { canonicalJson, sha256 } from "@berth/kit/digest";
import type { HelmSpec } from "./helm.ts";
import { z } from "zod";
import { JobFailure } from "../handler.ts";
import type { Release } from "./release.ts";
import type { Unstable } from "./unstable.ts";
import type { Values } from "./values.ts";

const documentSchema = z.object({
  version: z.literal(1),
  kind: z.literal("helm"),
  destroy: z.boolean(),
  release: z.object({ name: z.string(), namespace: z.string(), storageDriver: z.string(), takeOwnership: z.boolean() }),
  /** The credential that images are pulled with, where the runner writes it. */
  pullSecret: z.string().nullable().default(null),
  /** Digest of the chart's artifact. */
  chart: z.string(),
  /** Digest of the merged values; null for a removal. */
  values: z.string().nullable(),
  /** The newest revision that stood, and what stood of the release. */
  base: z.object({ revision: z.int(), status: z.string(), manifest: z.string() }).nullable(),
  /** What stands is deployed once more, as it was rendered for the revision that it has. */
  again: z.boolean(),
  /** What is installed, hooks last: YAML. */
  documents: z.array(z.string()),
  unstable: z.record(z.string(), z.array(z.string())),
});

/** A plan's bytes, read: what was approved, and all that it was made from. */
export type PlanDocument = z.infer<typeof documentSchema>;

/** What a plan is about and what it was made from. */
export function planDocument(input: {
  spec: HelmSpec;
  release: Release | undefined;
  values: Values | undefined;
  documents: readonly string[];
  unstable: Unstable;
  again?: boolean;
}): PlanDocument {
  const { spec, release, values, documents, unstable } = input;
  const { releaseName: name, namespace, storageDriver, takeOwnership } = spec;
  return {
    version: 1,
    kind: "helm",
    destroy: spec.destroy,
    release: { name, namespace, storageDriver, takeOwnership },
    pullSecret: spec.pullSecret?.credential ?? null,
    chart: spec.artifact.digest,
    values: values ? sha256(canonicalJson([values.text, values.wholes])) : null,
    base: release
      ? { revision: release.newest.revision, status: release.newest.status, manifest: sha256(release.standing?.record.manifest ?? "") }
      : null,
    again: input.again ?? false,
    documents: [...documents],
    unstable: Object.fromEntries(Object.entries(unstable).map(([key, places]) => [key, [...places]])),
  };
}

/** The plan's bytes: the same for the same plan. */
export function encodeDocument(document: PlanDocument): Buffer {
  return Buffer.from(canonicalJson(document));
}

/** @throws JobFailure `plan_unavailable` for bytes that are no plan of a release */
export function decodeDocument(bytes: Buffer): PlanDocument {
  try {
    return documentSchema.parse(JSON.parse(bytes.toString("utf8")));
  } catch {
    throw new JobFailure(
      "plan_unavailable",
      "The approved plan is none of a Helm release, or of another version of Berth. Make a new plan.",
    );
  }
}
