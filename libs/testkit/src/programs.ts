/* oxlint-disable vitest/expect-expect, vitest/valid-title, vitest/no-disabled-tests -- names, assertions and bodies are the callers' */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { it } from "vitest";

/** The path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const dir of (process.env["PATH"] ?? "").split(delimiter)) {
    if (dir === "") continue;
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here: the next directory.
    }
  }
  return undefined;
}

/** What `itNeeds` offers: the plain form of vitest's `it`. */
export type TestFunction = (name: string, run: () => Promise<void> | void, timeoutMs?: number) => void;

/** `it`, or where one of the programs is missing a skipped test whose name says `needs <program>`. */
export function itNeeds(...programs: string[]): TestFunction {
  const missing = programs.filter((program) => !findProgram(program));
  const define = it.skipIf(missing.length > 0);
  const suffix = missing.length > 0 ? ` (needs ${missing.join(", ")})` : "";
  return (name, run, timeoutMs) => define(`${name}${suffix}`, timeoutMs === undefined ? {} : { timeout: timeoutMs }, run);
}
