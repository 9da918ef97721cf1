import type { Diagnostic } from "../diagnostics.ts";

/** SARIF 2.1.0, as code-scanning services read it. */
export function formatSarif(diagnostics: readonly Diagnostic[], placed: (file: string) => string): string {
  const rules = [...new Set(diagnostics.map((diagnostic) => diagnostic.code))].toSorted();
  const run = {
    tool: {
      driver: {
        name: "berth",
        rules: rules.map((id) => ({ id, shortDescription: { text: id.replaceAll("_", " ") } })),
      },
    },
    columnKind: "utf16CodeUnits",
    results: diagnostics.map((diagnostic) => ({
      ruleId: diagnostic.code,
      ruleIndex: rules.indexOf(diagnostic.code),
      level: diagnostic.severity,
      message: { text: diagnostic.fix ? `${diagnostic.message} (${diagnostic.fix})` : diagnostic.message },
      locations: [{ physicalLocation: { artifactLocation: { uri: fileUri(placed(diagnostic.file)) }, region: region(diagnostic) } }],
    })),
  };
  const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function fileUri(file: string): string {
  return file.split("/").map(encodeURIComponent).join("/");
}

function region(at: Diagnostic): Record<string, number> {
  return {
    startLine: at.line,
    startColumn: at.column,
    ...(at.endLine ? { endLine: at.endLine } : {}),
    ...(at.endColumn ? { endColumn: at.endColumn } : {}),
  };
}
