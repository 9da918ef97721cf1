/** What a resource path says. */
export type ResourcePath = { group: string; version: string; namespace?: string; plural: string; name?: string; subresource?: string };

/** Reads `/api/v1/…` and `/apis/<group>/<version>/…`; undefined for other paths. */
export function parsePath(path: string): ResourcePath | undefined {
  const parts = path
    .split("/")
    .slice(1)
    .map((part) => decodeURIComponent(part));
  const [root, ...rest] = parts;
  if (root !== "api" && root !== "apis") return undefined;
  const group = root === "api" ? "" : (rest.shift() ?? "");
  const version = rest.shift() ?? "";
  // `namespaces/<name>` alone, and its subresources, are about the namespace itself.
  const isOwn =
    group === "" && rest[0] === "namespaces" && (rest.length <= 2 || (rest.length === 3 && ["status", "finalize"].includes(rest[2] ?? "")));
  let namespace: string | undefined;
  if (rest[0] === "namespaces" && !isOwn) {
    namespace = rest[1];
    rest.splice(0, 2);
  }
  const [plural, name, subresource, ...more] = rest;
  if (plural === undefined || plural === "" || more.length > 0) return undefined;
  return {
    group,
    version,
    plural,
    ...(namespace !== undefined && { namespace }),
    ...(name && { name }),
    ...(subresource && { subresource }),
  };
}
