import type { Failure } from "@berth/protocol/job-result";
import type { ArtifactRef, InstallRegistry, JobSpec } from "@berth/protocol/job-spec";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../../context.ts";
import type { BuildFact } from "../facts.ts";
import type { StepRow, WorkflowRow } from "../queries.ts";
import type { Renderer } from "../render-text.ts";

/** What a step's job is made of, or why it can't be. */
export type RenderedJob =
  | { spec: JobSpec; target?: string; redact: string[]; timeoutSeconds: number; planDigest?: string; buildId: string | null }
  | { failure: Failure };

/** What the job of a target is rendered from. */
export type RenderInput = {
  ctx: Ctx;
  workflow: WorkflowRow;
  step: StepRow;
  config: AppConfig;
  /** What `.nuon` is in templates. */
  tree: Record<string, unknown>;
  render: Renderer;
  build: BuildFact | undefined;
  /** Where the install copies what is deployed to, if it has such a place. */
  registry: InstallRegistry | undefined;
  target: string;
  destroy: boolean;
};

/** A spec without what is the same for every kind, and how long its job may take. */
export type RenderedSpec = { spec: JobSpec; timeoutSeconds: number } | { failure: Failure };

export const defaultTimeoutSeconds = 3600;

export function invalid(detail: string): { failure: Failure } {
  return { failure: { reason: "spec_invalid", detail } };
}

/**
 * Where an artifact is pulled from; the token is added when the job is handed to a runner. With the install's own registry the runner copies it there first.
 * An external registry is reached through the control plane, too: runners need one way out, and no credentials of the operator's.
 */
export function artifactRef(ctx: Ctx, artifact: NonNullable<BuildFact["artifact"]>, mirror?: InstallRegistry): ArtifactRef {
  return { registryUrl: ctx.system.settings.publicUrl, ...artifact, ...(mirror ? { mirror } : {}) };
}
