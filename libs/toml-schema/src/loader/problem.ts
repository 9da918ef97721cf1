import type { Diagnostic } from "../diagnostics.ts";

/** Where problems are gathered while loading; nothing is thrown for what a person wrote. */
export type Problems = { list: Diagnostic[] };

/** As for the checks: enough for anyone, and an end. */
const mostProblems = 2000;

/** A problem without a place within its file stands at its start. */
export function addProblem(problems: Problems, problem: Pick<Diagnostic, "code" | "message" | "file"> & Partial<Diagnostic>): void {
  if (problems.list.length < mostProblems) problems.list.push({ severity: "error", line: 1, column: 1, ...problem });
  else if (problems.list.length === mostProblems) {
    const message = `There are more than ${mostProblems} problems; the rest is not shown`;
    problems.list.push({ severity: "error", code: "too_many", file: problem.file, line: 1, column: 1, message });
  }
}
