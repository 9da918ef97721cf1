import { parseDocument } from "yaml";
import type { InputDefinition } from "../config/inputs.ts";
import type { Draft } from "../loader/assemble.ts";
import type { Scan } from "../references/scan.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Report } from "./finding.ts";
import type { Scope } from "./scope.ts";

/** Inputs belong to a group, have a default of their type, and something reads them. */
export function checkInputs(draft: Draft, scans: readonly Scan[], scope: Scope, report: Report, complete: boolean): void {
  const read = new Set(
    scans.flatMap((scan) =>
      scan.found.flatMap(({ reference }) => (reference.kind === "input" && !isDump(scan, reference) ? reference.name : [])),
    ),
  );
  for (const [index, input] of draft.inputs.inputs.entries()) {
    const path = ["inputs", "inputs", index];
    if (!scope.groups.has(input.group)) {
      const fix = didYouMean(input.group, scope.groups) ?? "declare it with [[group]]";
      report({ code: "unknown_group", path: [...path, "group"], message: `There is no input group "${input.group}"`, fix });
    }
    const problem = input.default === undefined ? undefined : wrongValue(input.type, input.default);
    if (problem)
      report({ code: "invalid_default", path: [...path, "default"], message: `The default of "${input.name}" is not ${problem}` });
    // What is read where a file is broken cannot be known.
    if (complete && !read.has(input.name) && !read.has("*")) {
      report({
        severity: "warning",
        code: "unused_input",
        path: [...path, "name"],
        message: `Nothing reads the input "${input.name}"`,
        fix: `use {{ .nuon.inputs.inputs.${input.name} }}, or remove it`,
      });
    }
  }
}

/** A readme that shows all inputs uses none of them. */
const isDump = (scan: Scan, { name }: { name: string }) => name === "*" && scan.path.at(-1) === "readme";

/** What a value of a type should have been; undefined where it is right. */
export function wrongValue(type: InputDefinition["type"], value: string): string | undefined {
  if (value.includes("{{") || value === "") return undefined;
  if (type === "number") return Number.isNaN(Number(value)) ? "a number" : undefined;
  if (type === "bool") return value === "true" || value === "false" ? undefined : "true or false";
  if (type === "json") return isJson(value) ? undefined : "valid JSON";
  if (type === "yaml") return parseDocument(value, { logLevel: "silent" }).errors.length === 0 ? undefined : "valid YAML";
  // A list is JSON, or words with commas.
  if (type === "list" && value.trimStart().startsWith("[")) return isJson(value) ? undefined : "a valid list";
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
