import type { Component } from "@berth/toml-schema/app-config";
import { keyName } from "@berth/toml-schema/diff/key-name";
import { safeLines, safeText } from "../output/safe-text.ts";

/** Said elsewhere, or not the vendor's. */
const left = new Set(["file", "name", "type", "references", "dependencies"]);

type Path = readonly (string | number)[];

/**
 * The texts among a component's settings, one `key = value` a line with keys as in the TOML file; a longer text stands below its key.
 * Numbers and switches are no templates and are left out.
 */
export function settingsText(component: Component, dim: (text: string) => string): string {
  let out = "";
  const below = (value: unknown, path: Path): void => {
    if (typeof value === "string") out += line(safeText(keyName(path)), value);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) below(item, [...path, index]);
    else if (typeof value === "object" && value !== null) {
      for (const [key, member] of Object.entries(value))
        if (key !== "kind" && (path.length > 0 || !left.has(key))) below(member, [...path, key]);
    }
  };
  const line = (key: string, value: string): string => {
    if (!value.includes("\n")) return `${dim(key)} = ${safeText(JSON.stringify(value))}\n`;
    return `${dim(key)} =\n${safeLines(value).trimEnd().replaceAll(/^/gm, "    ")}\n`;
  };
  below(component, []);
  return out;
}
