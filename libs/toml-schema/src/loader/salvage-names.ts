import type { Salvaged } from "../checks/scope.ts";
import { asTable } from "../source/table.ts";
import type { LoadedFile } from "./loaded-file.ts";

const parts: readonly [part: keyof Salvaged, files: RegExp][] = [
  ["components", /^components\//],
  ["actions", /^actions\//],
  ["inputs", /^(inputs\.toml$|inputs\/|input_groups\/)/],
  ["secrets", /^secrets(\.toml$|\/)/],
  ["roles", /^(permissions|break_glass)(\.toml$|\/)/],
  ["runbooks", /^runbooks\//],
  ["contexts", /^(kubernetes_contexts(\.toml$|\/)|metadata\.toml$)/],
  ["branches", /^branch(\.toml$|es\/)/],
];

/** Names that files with errors declare, so that one mistake is not followed by many about what is missing because of it. */
export function salvageNames(unusable: readonly { path: string; text: string }[], files: readonly LoadedFile[]): Salvaged {
  const found = new Map<keyof Salvaged, Set<string>>();
  const add = (path: string, names: Iterable<string>) => {
    for (const [part, pattern] of parts) {
      if (!pattern.test(path)) continue;
      const set = found.get(part) ?? new Set();
      found.set(part, set);
      for (const name of names) set.add(name);
    }
  };
  for (const { path, text } of unusable)
    add(
      path,
      [...text.matchAll(/^[ \t]*(?:name|var_name)[ \t]*=[ \t]*["']([^"'\n]+)["']/gm)].map(([, name]) => name ?? ""),
    );
  for (const file of files) if (!file.valid) add(file.doc.file, namesIn(file.raw));
  return Object.fromEntries(found);
}

function* namesIn(value: unknown): Iterable<string> {
  if (Array.isArray(value)) for (const item of value) yield* namesIn(item);
  const table = asTable(value);
  if (!table) return;
  for (const [key, member] of Object.entries(table)) {
    if ((key === "name" || key === "var_name") && typeof member === "string") yield member;
    else yield* namesIn(member);
  }
}
