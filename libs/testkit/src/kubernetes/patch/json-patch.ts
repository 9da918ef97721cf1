import { badRequest, StatusError } from "../status-error.ts";
import { isTree, same, type Tree } from "../tree.ts";

/** Applies an RFC 6902 patch. @throws StatusError 400 for a malformed one, 422 for one that does not fit */
export function jsonPatch(target: Tree, patch: unknown): Tree {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list of operations");
  const root = { "": structuredClone(target) as unknown };
  for (const operation of patch as unknown[]) {
    if (!isTree(operation) || typeof operation["path"] !== "string") throw badRequest("an operation of a JSON patch has op and path");
    run(root, operation, operation["path"]);
  }
  if (!isTree(root[""])) throw badRequest("the patched object is no object");
  return root[""];
}

function run(root: Tree, operation: Tree, path: string): void {
  const from = typeof operation["from"] === "string" ? operation["from"] : "";
  switch (operation["op"]) {
    case "add":
      return add(root, path, operation["value"]);
    case "remove":
      return void remove(root, path);
    case "replace":
      remove(root, path);
      return add(root, path, operation["value"]);
    case "move":
      return add(root, path, remove(root, from));
    case "copy":
      return add(root, path, structuredClone(read(root, from)));
    case "test":
      if (!same(read(root, path), operation["value"])) throw unfit(`testing value ${path} failed`);
      return;
    default:
      throw badRequest(`unknown operation ${JSON.stringify(operation["op"])} in a JSON patch`);
  }
}

function place(root: Tree, path: string): { parent: unknown; last: string } {
  const parts = path.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = parts.pop() ?? "";
  let parent: unknown = root;
  for (const part of parts) {
    parent = Array.isArray(parent) ? parent[Number(part)] : isTree(parent) ? parent[part] : undefined;
  }
  if (parent === undefined) throw unfit(`doc is missing path: ${path}`);
  return { parent, last };
}

function read(root: Tree, path: string): unknown {
  const { parent, last } = place(root, path);
  return Array.isArray(parent) ? parent[Number(last)] : isTree(parent) ? parent[last] : undefined;
}

function add(root: Tree, path: string, value: unknown): void {
  const { parent, last } = place(root, path);
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) throw unfit(`invalid index in path: ${path}`);
    parent.splice(index, 0, value);
  } else if (isTree(parent)) parent[last] = value;
  else throw unfit(`doc is missing path: ${path}`);
}

function remove(root: Tree, path: string): unknown {
  const { parent, last } = place(root, path);
  const there = Array.isArray(parent) ? Number(last) in parent : isTree(parent) && last in parent;
  if (!there) throw unfit(`Unable to remove nonexistent key: ${last}: missing value`);
  if (Array.isArray(parent)) return parent.splice(Number(last), 1)[0];
  const value = (parent as Tree)[last];
  delete (parent as Tree)[last];
  return value;
}

function unfit(message: string): StatusError {
  return new StatusError(422, "Invalid", `the server rejected our request due to an error in our request: ${message}`, {});
}
