import type { Diagnostic } from "../diagnostics.ts";

/** Where problems are gathered while loading; nothing is thrown for what a person wrote. */
export type Problems = { list: Diagnostic[] };

/** A problem without a place within its file stands at its start. */
export function addProblem(problems: Problems, problem: Pick<Diagnostic, "code" | "message" | "file"> & Partial<Diagnostic>): void {
  problems.list.push({ severity: "error", line: 1, column: 1, ...problem });
}
