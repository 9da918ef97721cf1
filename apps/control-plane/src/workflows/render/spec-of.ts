import type { ArtifactRef, Cluster, JobSpec, PlanKind } from "@berth/protocol/job-spec";
import type { AppConfig, Component, ComponentType } from "@berth/toml-schema/app-config";
import type { BuildFacts } from "../../db/schema.ts";
import type { Overrides } from "../../overrides/contents.ts";
import type { Renderer } from "../render-text.ts";
import { helmSpec } from "./helm.ts";
import { imageSpec } from "./image.ts";
import { jobSpec } from "./job.ts";
import { manifestSpec } from "./kubernetes-manifest.ts";
import { terraformSpec } from "./terraform.ts";

/** What the job of a target is made from. A text that can't be rendered, or a part that is missing, is kept in `render`, whose failure wins. */
export type SpecInput<Entity> = {
  entity: Entity;
  target: string;
  destroy: boolean;
  render: Renderer;
  /** What the install sets over its config, rendered. */
  overrides: Overrides;
  /** The artifact that its build made. */
  artifact: () => ArtifactRef;
  /** The cluster that it goes to. */
  cluster: () => Cluster;
  build: { id: string; found: BuildFacts };
  workflowId: string;
  /** Counts the plans of this step, from 1. */
  attempt: number;
  runner: AppConfig["runner"];
  /** The host of the control plane as everybody reaches it. */
  publicHost: string;
};

/** The first job of a target: its plan, or the copy of an image. */
export type Specified = { spec: Extract<JobSpec, { kind: PlanKind | "image.sync" }>; timeoutSeconds: number; note?: string };

/** A component of a type. */
export type ComponentOf<T extends ComponentType> = Extract<Component, { type: T }>;

type Table = { [T in Exclude<ComponentType, "pulumi">]: (input: SpecInput<ComponentOf<T>>) => Specified };

/** How a component of each type becomes a job. */
const specs: Table = {
  terraform_module: terraformSpec,
  helm_chart: helmSpec,
  kubernetes_manifest: manifestSpec,
  job: jobSpec,
  container_image: imageSpec,
  docker_build: imageSpec,
};

/** The job of a component by its type; undefined where nothing can deploy that. */
export function specOf(input: SpecInput<Component>): Specified | undefined {
  const { type } = input.entity;
  // The table pairs each type with what takes components of it; the compiler can't follow that through a lookup.
  return type === "pulumi" ? undefined : specs[type](input as never);
}
