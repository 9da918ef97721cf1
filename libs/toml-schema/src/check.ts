import type { AppConfig } from "./app-config.ts";
import { findProblems } from "./checks/find-problems.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { scanConfig } from "./references/scan-config.ts";
import { valueAt } from "./source/document.ts";

/**
 * The checks that need no files, on a config as it was uploaded: references, circles, schedules, limits, names, roles and so on.
 * `file` is where that part was read from; the position is not known any more, so the message starts with the path in the config.
 */
export function checkConfig(config: AppConfig): Diagnostic[] {
  const scans = scanConfig(config);
  return findProblems(config, scans, { complete: true }).map(({ path, at: _at, part: _part, ...finding }) => {
    let file = ".";
    for (let depth = 0; depth <= path.length; depth++) {
      const found = valueAt(config, [...path.slice(0, depth), "file"]);
      if (typeof found === "string") file = found;
    }
    return { ...finding, message: `${describe(config, path)}: ${finding.message}`, file, line: 1, column: 1 };
  });
}

/** `components.api.vars.region` instead of `components.3.vars.region`. */
function describe(config: AppConfig, path: readonly (string | number)[]): string {
  return path
    .map((part, index) => {
      const name = typeof part === "number" ? valueAt(config, [...path.slice(0, index + 1), "name"]) : undefined;
      return typeof name === "string" ? name : String(part);
    })
    .join(".");
}
