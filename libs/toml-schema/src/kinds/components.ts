import type { Component } from "../config/components.ts";
import { containerImage, normaliseContainerImage } from "./container-image.ts";
import { dockerBuild, normaliseDockerBuild } from "./docker-build.ts";
import { helm, normaliseHelm } from "./helm.ts";
import { job, normaliseJob } from "./job.ts";
import type { Kind } from "./kind.ts";
import type { Table } from "../source/table.ts";
import { kubernetesManifest, normaliseKubernetesManifest } from "./kubernetes-manifest.ts";
import { normalisePulumi, pulumi } from "./pulumi.ts";
import { normaliseTerraform, terraform } from "./terraform.ts";

/** A type of component: its schema, and how a valid table of it becomes a component. */
export type ComponentKind = { kind: Kind; normalise: (raw: Table, file: string) => Component };

/** By `type`, current and legacy spellings. */
export const componentKinds: Readonly<Record<string, ComponentKind>> = {
  terraform_module: { kind: terraform, normalise: (raw, file) => normaliseTerraform(terraform.schema.parse(raw), file) },
  helm_chart: { kind: helm, normalise: (raw, file) => normaliseHelm(helm.schema.parse(raw), file) },
  docker_build: { kind: dockerBuild, normalise: (raw, file) => normaliseDockerBuild(dockerBuild.schema.parse(raw), file) },
  container_image: { kind: containerImage, normalise: (raw, file) => normaliseContainerImage(containerImage.schema.parse(raw), file) },
  external_image: { kind: containerImage, normalise: (raw, file) => normaliseContainerImage(containerImage.schema.parse(raw), file) },
  kubernetes_manifest: {
    kind: kubernetesManifest,
    normalise: (raw, file) => normaliseKubernetesManifest(kubernetesManifest.schema.parse(raw), file),
  },
  pulumi: { kind: pulumi, normalise: (raw, file) => normalisePulumi(pulumi.schema.parse(raw), file) },
  job: { kind: job, normalise: (raw, file) => normaliseJob(job.schema.parse(raw), file) },
};
