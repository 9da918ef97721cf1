import type { LoadResult } from "@berth/toml-schema/load";
import { basename } from "node:path";
import type { Io } from "../io.ts";
import { safeText } from "../output/safe-text.ts";
import type { LoadedDirectory } from "./load-config.ts";

/** The last line of a check, for people: `✓ my-app is valid, with 2 warnings`. */
export function verdict(io: Io, loaded: LoadedDirectory, strict = false): string {
  const { colors } = io;
  const errors = count(loaded, "error");
  const warnings = count(loaded, "warning");
  const name = safeText(loaded.config?.name ?? basename(loaded.dir));
  const some = [amount(errors, "error"), amount(warnings, "warning")].filter((text) => text !== "").join(" and ");
  const noApp = loaded.files.length === 0 ? "There is no app here; `berth apps init` writes one to start from.\n" : "";
  if (errors > 0) return `${colors.red("✗")} ${name} has ${some}.\n${noApp}`;
  if (strict && warnings > 0) return `${colors.red("✗")} ${name} has ${some}, which --strict does not allow.\n`;
  return `${colors.green("✓")} ${name} is valid${some === "" ? "" : `, with ${some}`}.\n`;
}

function count(loaded: LoadResult, severity: "error" | "warning"): number {
  return loaded.diagnostics.filter((one) => one.severity === severity).length;
}

function amount(number: number, word: string): string {
  return number === 0 ? "" : `${number} ${word}${number === 1 ? "" : "s"}`;
}
