import type { ArchiveLimits } from "./limits.ts";
import { beyondLimit, refusedEntry } from "./refusal.ts";

const segmentBytes = 255;
const hopLimit = 40;

/**
 * The segments of an entry's path, relative to the root of the tree. `.` segments and a closing `/` go away; the root itself is `[]`.
 * @throws AppError where the path is absolute, climbs with `..`, is too long or holds what no file system takes
 */
export function entrySegments(path: string, limits: ArchiveLimits): string[] {
  if (Buffer.byteLength(path) > limits.pathBytes) throw beyondLimit("pathBytes", limits);
  if (path.startsWith("/")) throw refusedEntry("absolute_path", path, "is an absolute path");
  if (/^[A-Za-z]:[\\/]|\\/.test(path)) throw refusedEntry("backslash", path, "has a backslash or a drive letter");
  if (path.includes("\0") || path.includes("\uFFFD")) throw refusedEntry("path_characters", path, "is not a UTF-8 path without NUL");
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw refusedEntry("path_escape", path, 'has ".." in its path');
  if (segments.some((segment) => Buffer.byteLength(segment) > segmentBytes)) {
    throw refusedEntry("name_length", path, `has a name of more than ${segmentBytes} bytes`);
  }
  return segments;
}

/**
 * Refuses the links of a tree that lead out of it, also by way of one another: `a -> b/..` is judged by where `b` really leads.
 * A link to something missing inside the tree is allowed.
 * @param links path of each symbolic link (`a/b/c`) and its target as written
 */
export function refuseLinksOut(links: ReadonlyMap<string, string>): void {
  for (const [path, target] of links) {
    if (!staysInside(path, links)) throw refusedEntry("link_escape", path, `is a link that leads out of the tree: ${target.slice(0, 200)}`);
  }
}

/** Walks a path the way a kernel does, over links only known from the map. A loop counts as leading out: nothing can use it. */
function staysInside(path: string, links: ReadonlyMap<string, string>): boolean {
  const at: string[] = [];
  let todo = path.split("/");
  let hops = 0;
  while (todo.length > 0) {
    const [segment = "", ...rest] = todo;
    todo = rest;
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      if (at.length === 0) return false;
      at.pop();
      continue;
    }
    at.push(segment);
    const target = links.get(at.join("/"));
    if (target === undefined) continue;
    if (target.startsWith("/") || ++hops > hopLimit) return false;
    at.pop();
    todo = [...target.split("/"), ...todo];
  }
  return true;
}
