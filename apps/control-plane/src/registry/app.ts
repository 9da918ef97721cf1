import { Hono } from "hono";
import { AppError } from "@berth/kit/errors";
import type { RegistryAction } from "./access.ts";
import { appendUpload } from "./append-upload.ts";
import { demand, identify } from "./authorize.ts";
import { deleteBlob } from "./delete-blob.ts";
import { deleteManifest } from "./delete-manifest.ts";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { cancelUpload, uploadStatus } from "./end-upload.ts";
import { finishUpload } from "./finish-upload.ts";
import { getBlob } from "./get-blob.ts";
import { getManifest } from "./get-manifest.ts";
import { issueToken } from "./issue-token.ts";
import { listReferrers } from "./list-referrers.ts";
import { listTags } from "./list-tags.ts";
import { putManifest } from "./put-manifest.ts";
import { refusal, refusalResponse } from "./refusal.ts";
import { startUpload } from "./start-upload.ts";
import { parseTarget, type Target } from "./target.ts";

/**
 * The embedded OCI registry (distribution spec 1.1): a Hono app that serves `/v2` and everything below, to be mounted at the root.
 * Brings its own authentication and error format.
 */
export function buildRegistry(deps: RegistryDeps): Hono {
  const app = new Hono();
  const answer = async (raw: Request): Promise<Response> => {
    const response = await serve(deps, raw).catch((error: unknown) => {
      if (!(error instanceof AppError)) deps.logger.error({ err: error, method: raw.method }, "the registry failed at a request");
      return refusalResponse(error);
    });
    response.headers.set("docker-distribution-api-version", "registry/2.0");
    return response;
  };
  app.all("/v2", (c) => answer(c.req.raw));
  app.all("/v2/*", (c) => answer(c.req.raw));
  return app;
}

async function serve(deps: RegistryDeps, raw: Request): Promise<Response> {
  const url = new URL(raw.url);
  const query = url.searchParams;
  const target = parseTarget(url.pathname);
  if (target.kind === "token") {
    if (raw.method !== "GET") throw refusal("UNSUPPORTED", "Tokens are asked for with GET");
    return issueToken(deps, raw, query);
  }
  const actions = needed(target.kind, raw.method);
  const caller = await identify(deps, raw);
  const access = demand(deps, caller, "repository" in target ? { repository: target.repository, actions } : undefined);
  return dispatch(deps, { raw, query, access }, target);
}

/** What a request needs to be allowed. @throws AppError for a method that the target does not know */
function needed(kind: Exclude<Target["kind"], "token">, method: string): RegistryAction[] {
  const read: RegistryAction[] = ["pull"];
  const write: RegistryAction[] = ["push"];
  const remove: RegistryAction[] = ["delete"];
  const table: Record<typeof kind, Record<string, RegistryAction[]>> = {
    base: { GET: [], HEAD: [] },
    manifest: { GET: read, HEAD: read, PUT: write, DELETE: remove },
    blob: { GET: read, HEAD: read, DELETE: remove },
    uploads: { POST: write },
    upload: { GET: write, PATCH: write, PUT: write, DELETE: write },
    tags: { GET: read },
    referrers: { GET: read },
  };
  const actions = table[kind][method];
  if (!actions) throw refusal("UNSUPPORTED", `${method} is not possible here`, { allow: Object.keys(table[kind]).join(", ") });
  return actions;
}

async function dispatch(deps: RegistryDeps, request: RegistryRequest, target: Exclude<Target, { kind: "token" }>): Promise<Response> {
  const { method } = request.raw;
  switch (target.kind) {
    case "base":
      return Response.json({});
    case "manifest":
      if (method === "PUT") return putManifest(deps, request, target);
      return method === "DELETE" ? deleteManifest(deps, target) : getManifest(deps, request, target);
    case "blob":
      return method === "DELETE" ? deleteBlob(deps, target) : getBlob(deps, request, target);
    case "uploads":
      return startUpload(deps, request, target);
    case "upload":
      if (method === "PATCH") return appendUpload(deps, request.raw, target);
      if (method === "PUT") return finishUpload(deps, request, target);
      return method === "DELETE" ? cancelUpload(deps, target) : uploadStatus(deps, target);
    case "tags":
      return listTags(deps, request, target);
    case "referrers":
      return listReferrers(deps, request, target);
  }
}
