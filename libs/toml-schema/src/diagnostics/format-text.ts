import type { Diagnostic, SourceTexts } from "../diagnostics.ts";

const widest = 160;

type Input = { diagnostics: readonly Diagnostic[]; placed: (file: string) => string; sources: SourceTexts; color: boolean };

/** `file:line:column: severity: message [code]`, the source line, a caret, and the fix. */
export function formatText({ diagnostics, placed, sources, color }: Input): string {
  const paint = (code: number, text: string) => (color ? `\u001B[${code}m${text}\u001B[0m` : text);
  const lines = new Map<string, string[]>();
  const lineOf = (file: string, line: number) => {
    let split = lines.get(file);
    if (!split) lines.set(file, (split = (sources.get(file) ?? "").split(/\r?\n/)));
    return split[line - 1];
  };
  let out = "";
  for (const diagnostic of diagnostics) {
    const place = `${placed(diagnostic.file)}:${diagnostic.line}:${diagnostic.column}`;
    const severity = paint(diagnostic.severity === "error" ? 31 : 33, diagnostic.severity);
    out += `${paint(1, place)}: ${severity}: ${diagnostic.message} [${diagnostic.code}]\n`;
    const source = lineOf(diagnostic.file, diagnostic.line);
    if (source !== undefined && source.trim() !== "") out += quote(source, diagnostic, paint);
    if (diagnostic.fix) out += `  ${paint(36, "hint")}: ${diagnostic.fix}\n`;
  }
  return out;
}

/** The source line with carets below the columns meant; a very long line is cut around them. */
function quote(source: string, at: Diagnostic, paint: (code: number, text: string) => string): string {
  const start = at.column - 1;
  const from = start > widest - 40 ? start - 40 : 0;
  const shown = source.slice(from, from + widest);
  const sameLine = at.endLine === undefined || at.endLine === at.line;
  const end = sameLine && at.endColumn ? at.endColumn - 1 : start + 1;
  const carets = Math.max(1, Math.min(end, from + shown.length) - start);
  const margin = `${at.line}`.padStart(5);
  // Tabs stay tabs below the line too, so that the caret stands under its text.
  const indent = source.slice(from, start).replace(/[^\t]/g, " ");
  const clean = shown.replace(/(?!\t)\p{Cc}/gu, "�");
  return `${margin} | ${clean}\n${" ".repeat(5)} | ${indent}${paint(31, "^".repeat(carets))}\n`;
}
