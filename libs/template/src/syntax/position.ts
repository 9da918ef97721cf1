import { TemplateError } from "../errors.ts";
import type { TemplateErrorCode } from "../errors.ts";

/** The 1-based line and column of an offset. */
export function lineAndColumn(source: string, pos: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = source.indexOf("\n"); at !== -1 && at < pos; at = source.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: pos - start + 1 };
}

/** An error of `compile` at an offset. */
export function errorAt(source: string, pos: number, message: string, code: TemplateErrorCode = "syntax"): TemplateError {
  return new TemplateError(code, message, lineAndColumn(source, pos));
}
