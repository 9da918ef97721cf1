import type { ArtifactRef, JobSpec } from "@berth/protocol/job-spec";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import type { System } from "../context.ts";
import { mintRegistryToken } from "../registry/token.ts";

/** Time a job may take beyond its own timeout until its pulls have begun: it waits for a slot and prepares. */
const slackMs = 10 * 60_000;

/** A job's spec with a pull token for every artifact that is pulled from here: for that repository alone, and no longer than the job may take. */
export function withPullTokens(args: { system: System; jobId: string; spec: JobSpec; timeoutSeconds: number }): JobSpec {
  const { system, spec } = args;
  const key = registryTokenKey(system.vault);
  const expiresAt = new Date(system.now().getTime() + args.timeoutSeconds * 1000 + slackMs);
  const withToken = (artifact: ArtifactRef): ArtifactRef => {
    // Another registry has no use for our token, and no business with it.
    if (artifact.registryUrl !== system.settings.publicUrl) return artifact;
    const scopes = [{ repository: artifact.repository, actions: ["pull" as const] }];
    return { ...artifact, token: mintRegistryToken({ key, subject: `job:${args.jobId}`, scopes, expiresAt }) };
  };
  switch (spec.kind) {
    case "terraform.plan":
    case "terraform.apply":
    case "helm.plan":
    case "helm.apply":
      return { ...spec, artifact: withToken(spec.artifact) };
    case "kubernetes.plan":
    case "kubernetes.apply":
      return spec.source.kind === "kustomize" ? { ...spec, source: { ...spec.source, artifact: withToken(spec.source.artifact) } } : spec;
    case "image.sync":
      return { ...spec, source: withToken(spec.source) };
    case "secrets.sync":
    case "health.probe":
      return spec;
    case "action.run":
      return { ...spec, steps: spec.steps.map((step) => (step.source ? { ...step, source: withToken(step.source) } : step)) };
  }
}
