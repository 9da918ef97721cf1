import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cluster } from "../cluster.ts";
import type { Kind } from "../kinds/kind.ts";
import type { KubeObject } from "../object.ts";
import { list } from "../reads/list.ts";
import { podLog } from "../reads/pod-log.ts";
import { formOf, presentList, presentOne } from "../reads/present.ts";
import { watch } from "../reads/watch.ts";
import { noSuchPath, StatusError } from "../status-error.ts";
import { isTree, type Tree } from "../tree.ts";
import { apply } from "../writes/apply.ts";
import { create } from "../writes/create.ts";
import { patch, patchTree } from "../writes/patch.ts";
import { readDeleteOptions, remove, removedStatus } from "../writes/remove.ts";
import type { Target } from "../writes/target.ts";
import { need, replace, update } from "../writes/update.ts";
import { answer } from "./answer.ts";
import type { ResourcePath } from "./parse-path.ts";
import { contentType } from "./read-request.ts";
import { scaleOf, withScale } from "./scale.ts";

type Input = { request: IncomingMessage; response: ServerResponse; url: URL; path: ResourcePath; body: unknown; kind: Kind };

/** Answers a request about objects of a served kind. @throws StatusError */
export function handleResource(cluster: Cluster, input: Input): void {
  const { request, response, path, kind } = input;
  const { method = "GET" } = request;
  const target = targetOf(input);
  if (path.subresource !== undefined && !kind.subresources.includes(path.subresource)) throw noSuchPath();
  // Cluster-wide reads of namespaced kinds are lists; anything else needs a namespace, and has one only then.
  if (kind.namespaced ? path.namespace === undefined && (path.name !== undefined || method === "POST") : path.namespace !== undefined)
    throw noSuchPath();
  if (path.subresource === "log" && method === "GET") return podLog(cluster, need(cluster, target), input.url.searchParams, response);
  if (path.subresource === "token") return answer(response, 201, tokenOf(input.body));
  if (method === "GET") return read(cluster, input, target);
  if (path.subresource === "scale") return writeScale(cluster, input, target);
  const body: Tree = isTree(input.body) ? input.body : {};
  if (method === "POST" && path.name === undefined) return send(cluster, input, target, 201, create(cluster, target, body));
  if (path.name === undefined) {
    if (method === "DELETE") return removeMany(cluster, input, target);
    throw new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }
  if (method === "PUT") return send(cluster, input, target, 200, update(cluster, target, body));
  if (method === "PATCH") return writePatch(cluster, input, target);
  if (method === "DELETE") {
    const { object, gone } = remove(cluster, target, readDeleteOptions(input.body, input.url.searchParams));
    return gone ? answer(response, 200, removedStatus(target, object)) : send(cluster, input, target, 200, object);
  }
  throw new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

function targetOf({ request, url, path, kind, body }: Input): Target {
  const query = url.searchParams;
  const validation = query.get("fieldValidation");
  const applies = contentType(request).startsWith("application/apply-patch");
  // Who says nothing is known by the first word of its user agent; who applies has to say it.
  const fallback = applies ? "" : ((request.headers["user-agent"] ?? "").split("/")[0] ?? "").slice(0, 128);
  const dryRun =
    query.getAll("dryRun").includes("All") || (isTree(body) && Array.isArray(body["dryRun"]) && body["dryRun"].includes("All"));
  return {
    kind,
    ...(path.namespace !== undefined && { namespace: path.namespace }),
    name: path.name ?? "",
    ...(path.subresource !== undefined && path.subresource !== "finalize" && { subresource: path.subresource }),
    fieldManager: query.get("fieldManager") ?? fallback,
    fieldValidation: validation === "Strict" || validation === "Ignore" ? validation : "Warn",
    dryRun,
    warnings: [],
  };
}

function send(cluster: Cluster, input: Input, target: Target, code: number, object: KubeObject): void {
  const body = presentOne(input.kind, object, formOf(input.request.headers.accept ?? ""), cluster.now());
  answer(input.response, code, body, "application/json", target.warnings);
}

function read(cluster: Cluster, input: Input, target: Target): void {
  const { kind, path, response, url } = input;
  const query = url.searchParams;
  const form = formOf(input.request.headers.accept ?? "");
  const watching = query.get("watch");
  if (watching === "true" || watching === "1") {
    const only = path.name === undefined ? {} : { name: path.name };
    return watch({ cluster, kind, namespace: path.namespace, ...only, query, form, response });
  }
  if (path.name === undefined) {
    const { objects, metadata } = list(cluster, kind, path.namespace, query);
    return answer(response, 200, presentList(kind, objects, metadata, form, cluster.now()));
  }
  const object = need(cluster, target);
  if (path.subresource === "scale") return answer(response, 200, scaleOf(object));
  send(cluster, input, target, 200, object);
}

function writePatch(cluster: Cluster, input: Input, target: Target): void {
  const type = contentType(input.request);
  if (type === "application/apply-patch+yaml") {
    const force = input.url.searchParams.get("force") === "true";
    const { object, created } = apply(cluster, target, isTree(input.body) ? input.body : {}, force);
    return send(cluster, input, target, created ? 201 : 200, object);
  }
  send(cluster, input, target, 200, patch(cluster, target, type, input.body));
}

function writeScale(cluster: Cluster, input: Input, target: Target): void {
  const before = need(cluster, target);
  const scale =
    input.request.method === "PATCH"
      ? patchTree(target, scaleOf(before), contentType(input.request), input.body)
      : isTree(input.body)
        ? input.body
        : {};
  const { subresource: _, ...main } = target;
  answer(input.response, 200, scaleOf(replace(cluster, main, before, withScale(before, scale))));
}

function removeMany(cluster: Cluster, input: Input, target: Target): void {
  const { objects, metadata } = list(cluster, input.kind, input.path.namespace, input.url.searchParams);
  const options = readDeleteOptions(input.body, input.url.searchParams);
  for (const { metadata: of } of objects) {
    remove(cluster, { ...target, name: of.name, ...(of.namespace !== undefined && { namespace: of.namespace }) }, options);
  }
  answer(input.response, 200, presentList(input.kind, objects, metadata, "object", cluster.now()));
}

function tokenOf(body: unknown): Tree {
  const request: Tree = isTree(body) ? body : {};
  return {
    ...request,
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    status: { token: "berth-test-token", expirationTimestamp: "2099-01-01T00:00:00Z" },
  };
}
