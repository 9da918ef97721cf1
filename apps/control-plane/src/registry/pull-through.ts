import { Readable } from "node:stream";
import { AppError } from "@berth/kit/errors";
import type { RegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import { Hono } from "hono";
import { demand, identify } from "./authorize.ts";
import type { AccessDeps, RegistryDeps } from "./deps.ts";
import { issueToken } from "./issue-token.ts";
import { refusal, refusalResponse } from "./refusal.ts";
import { parseTarget } from "./target.ts";

type Deps = AccessDeps & Pick<RegistryDeps, "logger"> & { open: () => Promise<RegistryClient> };

/**
 * `/v2` where artifacts lie in an external registry: pulls only, by our own tokens, passed on with the operator's credentials. Those reach every
 * repository there, so no runner gets to see them.
 */
export function buildPullThrough(deps: Deps): Hono {
  const app = new Hono();
  const answer = async (raw: Request): Promise<Response> => {
    const response = await serve(deps, raw).catch((error: unknown) => {
      if (!(error instanceof AppError)) deps.logger.error({ err: error, method: raw.method }, "a pull from the external registry failed");
      return refusalResponse(error);
    });
    response.headers.set("docker-distribution-api-version", "registry/2.0");
    return response;
  };
  app.all("/v2", (c) => answer(c.req.raw));
  app.all("/v2/*", (c) => answer(c.req.raw));
  return app;
}

async function serve(deps: Deps, raw: Request): Promise<Response> {
  const url = new URL(raw.url);
  const target = parseTarget(url.pathname);
  if (raw.method !== "GET" && raw.method !== "HEAD")
    throw refusal("UNSUPPORTED", "Artifacts are pushed to the external registry itself", { allow: "GET, HEAD" });
  if (target.kind === "token") return issueToken(deps, raw, url.searchParams);
  const caller = await identify(deps, raw);
  demand(deps, caller, "repository" in target ? { repository: target.repository, actions: ["pull"] } : undefined);
  if (target.kind === "base") return Response.json({});
  const { signal } = raw;
  const client = await deps.open();
  if (target.kind === "manifest") {
    const { bytes, digest, mediaType } = await client.getManifest({ ...target, signal });
    const headers = { "content-type": mediaType, "content-length": String(bytes.length), "docker-content-digest": digest };
    return new Response(raw.method === "HEAD" ? null : new Uint8Array(bytes), { headers });
  }
  if (target.kind === "referrers") {
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: await client.listReferrers({ ...target, signal }) };
    return new Response(JSON.stringify(index), { headers: { "content-type": mediaTypes.index } });
  }
  if (target.kind !== "blob") throw refusal("UNSUPPORTED", "Only manifests, blobs and referrers are passed on from the external registry");
  const headers = { "content-type": "application/octet-stream", "docker-content-digest": target.digest };
  if (raw.method === "GET") return new Response(Readable.toWeb(await client.getBlob({ ...target, signal })) as ReadableStream, { headers });
  if (!(await client.hasBlob({ ...target, signal }))) throw refusal("BLOB_UNKNOWN", "The repository has no such blob");
  return new Response(null, { headers });
}
