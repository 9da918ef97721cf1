import type { Draft } from "../loader/assemble.ts";
import { scanStrings, type Scan } from "./scan.ts";

/** What never holds a template: names, derived parts, and policies, whose languages use the same braces. */
const skipped = new Set(["file", "references", "dependencies", "policies"]);
const skippedInRoles = new Set(["file", "references"]);

/** All templated strings of a config, in the order of the config. */
export function scanConfig(config: Draft): Scan[] {
  const scans: Scan[] = [];
  const parts: (keyof Draft)[] = [
    "metadata",
    "sandbox",
    "runner",
    "stack",
    "components",
    "actions",
    "runbooks",
    "operationRoles",
    "installs",
    "branches",
  ];
  for (const part of parts) scanStrings(config[part], [part], skipped, scans);
  scanStrings(config.permissions, ["permissions"], skippedInRoles, scans);
  scanStrings(config.breakGlass, ["breakGlass"], skippedInRoles, scans);
  return scans;
}
