import type { Diagnostic } from "../diagnostics.ts";

/** One JSON object: counts and the diagnostics as they are. */
export function formatJson(diagnostics: readonly Diagnostic[], placed: (file: string) => string): string {
  const count = (severity: string) => diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const list = diagnostics.map((diagnostic) => ({ ...diagnostic, file: placed(diagnostic.file) }));
  return `${JSON.stringify({ errors: count("error"), warnings: count("warning"), diagnostics: list }, null, 2)}\n`;
}
