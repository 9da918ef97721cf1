import { fn } from "./define.ts";
import type { FunctionTable, TemplateFunction } from "./define.ts";

/** Go's `path.Clean`: the shortest name of the same file, by the text alone. */
function clean(path: string): string {
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!rooted) parts.push("..");
  }
  const joined = parts.join("/");
  return rooted ? `/${joined}` : joined || ".";
}

function base(path: string): string {
  if (path === "") return ".";
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return end === 0 ? "/" : path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot === -1 ? "" : name.slice(dot);
}

const plain: Record<string, TemplateFunction> = {
  base: fn(["string"], (_, path) => base(path)),
  dir: fn(["string"], (_, path) => clean(path.slice(0, path.lastIndexOf("/") + 1))),
  clean: fn(["string"], (_, path) => clean(path)),
  ext: fn(["string"], (_, path) => extension(path)),
  isAbs: fn(["string"], (_, path) => path.startsWith("/")),
};

/** The forms with `os` are the same: paths are those of the systems that apps are installed on, which use slashes. */
export const pathFunctions: FunctionTable = {
  ...plain,
  ...Object.fromEntries(
    Object.entries(plain).map(([name, definition]) => [`os${name.charAt(0).toUpperCase()}${name.slice(1)}`, definition]),
  ),
};
