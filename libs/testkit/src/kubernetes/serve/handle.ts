import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cluster } from "../cluster.ts";
import type { RequestLog } from "./request-log.ts";
import { forbidden, noSuchPath, StatusError } from "../status-error.ts";
import { takeFailure } from "../switches.ts";
import { isTree, type Tree } from "../tree.ts";
import { answer, answerError } from "./answer.ts";
import { discovery } from "./discovery.ts";
import { openApi } from "./openapi.ts";
import { parsePath, type ResourcePath } from "./parse-path.ts";
import { readRequest } from "./read-request.ts";
import { handleResource } from "./resource.ts";
import { answerReview } from "./reviews.ts";
import { accessOf } from "./access.ts";

const version = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.0",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2025-08-27T10:00:00Z",
  goVersion: "go1.24.5",
  compiler: "gc",
  platform: "linux/amd64",
};

/** Answers one request. `isKnown` says whether a bearer token is one of ours. */
export async function handle(
  input: { cluster: Cluster; log: RequestLog; isKnown: (token: string | undefined) => boolean },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { cluster } = input;
  const url = new URL(request.url ?? "/", "http://cluster");
  const method = request.method ?? "GET";
  try {
    const entry = input.log.add(request, url);
    response.on("finish", () => (entry.status = response.statusCode));
    const body = await readRequest(request);
    entry.body = body;
    const failure = takeFailure(cluster.switches, method, request.url ?? "/");
    if (failure?.hangUp === true) return void request.socket.destroy();
    if (failure) throw new StatusError(failure.status, failure.reason ?? "", failure.message ?? `made to fail with ${failure.status}`);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (!input.isKnown(token) && !["/version", "/healthz", "/readyz", "/livez"].includes(url.pathname)) {
      throw new StatusError(401, "Unauthorized", "Unauthorized");
    }
    const path = parsePath(url.pathname);
    if (path === undefined || (path.name === undefined && isDiscovery(cluster, path, url))) return general(cluster, request, url, response);
    route(cluster, { request, response, url, path, body });
  } catch (error) {
    answerError(response, error);
  }
}

/** `/apis/<group>` looks like a resource path with nothing behind it. */
function isDiscovery(cluster: Cluster, path: ResourcePath, url: URL): boolean {
  return path.plural === "" || discovery(cluster.kinds, url.pathname, "") !== undefined;
}

function general(cluster: Cluster, request: IncomingMessage, url: URL, response: ServerResponse): void {
  if (url.pathname === "/version") return answer(response, 200, version);
  if (["/healthz", "/readyz", "/livez"].includes(url.pathname)) return void response.writeHead(200).end("ok");
  if (url.pathname === "/openapi/v2") return openApiV2(request, response);
  if (url.pathname.startsWith("/openapi/v3")) {
    const found = openApi(cluster.kinds, url.pathname);
    if (found) return answer(response, 200, found);
  }
  const document = discovery(cluster.kinds, url.pathname.replace(/\/$/, ""), request.headers.accept ?? "");
  if (!document) throw noSuchPath();
  answer(response, 200, document.body, document.type);
}

function route(
  cluster: Cluster,
  input: { request: IncomingMessage; response: ServerResponse; url: URL; path: ResourcePath; body: unknown },
): void {
  const { path, request, response, url } = input;
  const body: Tree = isTree(input.body) ? input.body : {};
  const review = request.method === "POST" ? answerReview(cluster, path.group, path.plural, body) : undefined;
  if (review) return answer(response, 201, review);
  const kind = cluster.kinds.byPath(path.group, path.version, path.plural);
  if (!kind) throw noSuchPath();
  const access = accessOf(request.method ?? "GET", path, url.searchParams);
  if (cluster.switches.forbidden.some((forbids) => forbids(access))) {
    const where = access.namespace === undefined ? "at the cluster scope" : `in the namespace "${access.namespace}"`;
    const what = `User "berth-test" cannot ${access.verb} resource "${access.resource}" in API group "${access.group}" ${where}`;
    throw forbidden(kind, path.name ?? "", what);
  }
  handleResource(cluster, { ...input, kind });
}

/**
 * kubectl asks for the older document when a file starts with a List, and looks into it for kinds to check on its own side.
 * It describes none, so that the server does the checking.
 */
function openApiV2(request: IncomingMessage, response: ServerResponse): void {
  if (!(request.headers.accept ?? "").includes("protobuf"))
    return answer(response, 200, { swagger: "2.0", info: { title: "Kubernetes", version: "v1.34.0" }, paths: {} });
  // Field 1 of the document: the version of Swagger.
  const document = Buffer.concat([Buffer.from([0x0a, 3]), Buffer.from("2.0")]);
  response.writeHead(200, { "content-type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" }).end(document);
}
