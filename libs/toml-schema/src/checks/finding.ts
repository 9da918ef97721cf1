import type { Path } from "../source/position.ts";

/** A problem of a config, at a place of the config rather than of a file. */
export type Finding = {
  severity: "error" | "warning";
  code: string;
  message: string;
  fix?: string;
  /** A path into the {@link AppConfig}, e.g. `["components", 3, "vars", "region"]`. */
  path: Path;
  /** Where in the string at that path; lines and columns from 1. */
  at?: { line: number; column: number; length?: number };
  /** Whether the key or the value is meant; the value by default. */
  part?: "key" | "value";
};

/** Takes in what a check finds. */
export type Report = (finding: Omit<Finding, "severity"> & { severity?: "warning" }) => void;
