import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import type { ArtifactRef } from "@berth/protocol/job-spec";
import type { JobContext } from "../handlers/handler.ts";
import { createPullFetch } from "../net/pull-fetch.ts";

/** A client of the registry that an artifact was built into. */
export function openSource(ctx: Pick<JobContext, "config">, artifact: ArtifactRef): RegistryClient {
  const { registryUrl, token } = artifact;
  return createRegistryClient({
    url: registryUrl,
    fetch: createPullFetch(ctx.config.net),
    ...(token === undefined ? {} : { auth: { token } }),
  });
}
