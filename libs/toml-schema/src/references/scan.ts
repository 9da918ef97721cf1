import { TemplateError } from "@berth/template/errors";
import { references } from "@berth/template/references";
import { compile } from "@berth/template/template";
import type { Reference } from "../config/common.ts";
import type { Path } from "../source/position.ts";
import { canonicalReference } from "./canonical.ts";
import { isTemplate } from "./is-template.ts";

/** One reference of a template and where it stands in the text; `optional` where the template copes with its absence. */
export type Found = { reference: Reference; written: readonly string[]; optional: boolean; line: number; column: number };

/** One templated string of a config. */
export type Scan = {
  /** The path of the string in the config. */
  path: Path;
  text: string;
  found: readonly Found[];
  /** Paths that start at none of our roots. */
  strangers: readonly Omit<Found, "reference">[];
  problem?: { message: string; line: number; column: number };
};

/** Compiles a text and lists what it refers to; undefined where it is no template. */
export function scanText(text: string, path: Path): Scan | undefined {
  if (!isTemplate(text)) return undefined;
  try {
    const found: Found[] = [];
    const strangers: Omit<Found, "reference">[] = [];
    for (const { path: written, optional = false, line, column } of references(compile(text))) {
      const reference = canonicalReference(written);
      if (reference) found.push({ reference, written, optional, line, column });
      else strangers.push({ written, optional, line, column });
    }
    return { path, text, found, strangers };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { path, text, found: [], strangers: [], problem: { message: error.message, line: error.line, column: error.column } };
  }
}

/** Scans every string below a value. */
export function scanStrings(value: unknown, path: Path, skip: ReadonlySet<string>, scans: Scan[]): void {
  if (typeof value === "string") {
    const scan = scanText(value, path);
    if (scan) scans.push(scan);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) scanStrings(item, [...path, index], skip, scans);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) if (!skip.has(key)) scanStrings(member, [...path, key], skip, scans);
  }
}
