import type { Access } from "../switches.ts";
import type { ResourcePath } from "./parse-path.ts";

const writing: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch" };

/** What a request asks to do, in the words of access rules. */
export function accessOf(method: string, path: ResourcePath, query: URLSearchParams): Access {
  const reading = query.get("watch") === "true" ? "watch" : path.name === undefined ? "list" : "get";
  const deleting = path.name === undefined ? "deletecollection" : "delete";
  return {
    verb: method === "DELETE" ? deleting : (writing[method] ?? reading),
    group: path.group,
    resource: path.plural,
    ...(path.subresource !== undefined && { subresource: path.subresource }),
    ...(path.namespace !== undefined && { namespace: path.namespace }),
    ...(path.name !== undefined && { name: path.name }),
  };
}
