import type { Diagnostic } from "../diagnostics.ts";

/** One JSON object: counts and the diagnostics as they are. */
export function formatJson(diagnostics: readonly Diagnostic[], prefix: string): string {
  const count = (severity: string) => diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const placed = diagnostics.map((diagnostic) => ({ ...diagnostic, file: prefix + diagnostic.file }));
  return `${JSON.stringify({ errors: count("error"), warnings: count("warning"), diagnostics: placed }, null, 2)}\n`;
}
