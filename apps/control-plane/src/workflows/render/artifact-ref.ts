import type { ArtifactRef, InstallRegistry } from "@berth/protocol/job-spec";
import type { Ctx } from "../../context.ts";
import type { BuildFact } from "../facts.ts";

/** Where an artifact is pulled from, and where it is copied to first; the token is added when the job is handed to a runner. */
export function artifactRef(ctx: Ctx, artifact: NonNullable<BuildFact["artifact"]>, mirror?: InstallRegistry): ArtifactRef {
  // An external registry is reached through the control plane, too: runners need one way out, and no credentials of the operator's.
  return { registryUrl: ctx.system.settings.publicUrl, ...artifact, ...(mirror ? { mirror } : {}) };
}
