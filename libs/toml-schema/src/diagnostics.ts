import { formatGithub } from "./diagnostics/format-github.ts";
import { formatJson } from "./diagnostics/format-json.ts";
import { formatSarif } from "./diagnostics/format-sarif.ts";
import { formatText } from "./diagnostics/format-text.ts";

/** One problem of a config. Lines and columns count from 1, columns in UTF-16 units; `endColumn` is the first column after the text. */
export type Diagnostic = {
  severity: "error" | "warning";
  /** A stable name of the kind of problem, e.g. `unknown_input`. */
  code: string;
  /** What is wrong, in plain words, without the position. */
  message: string;
  /** Relative to the app directory, with `/`. */
  file: string;
  line: number;
  column: number;
  endLine?: number;
  endColumn?: number;
  /** What to do, where that can be guessed, e.g. `did you mean "cron_schedule"?`. */
  fix?: string;
};

/** Where the text of a file can be found, to quote the line of a problem. */
export type SourceTexts = ReadonlyMap<string, string>;

export const diagnosticFormats = ["text", "json", "sarif", "github"] as const;
export type DiagnosticFormat = (typeof diagnosticFormats)[number];

/** What was included from elsewhere has an address instead of a path. */
const isAddress = /^[a-z]+:(:|\/\/)/;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Errors first would hide the order of a file, so: by file, line, column; errors before warnings at the same place. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.severity, b.severity) ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
}

/** Whether the config cannot be used. `strict` counts warnings too. */
export function hasErrors(diagnostics: readonly Diagnostic[], strict = false): boolean {
  return diagnostics.some((diagnostic) => strict || diagnostic.severity === "error");
}

/** Diagnostics as text for people (with the source line and a caret), JSON, SARIF 2.1.0 or GitHub workflow annotations. Ends in a newline unless empty. */
export function formatDiagnostics(input: {
  diagnostics: readonly Diagnostic[];
  format: DiagnosticFormat;
  /** Texts by file; without one the text form leaves out the source line. */
  sources?: SourceTexts;
  /** ANSI colours in the text form. */
  color?: boolean;
  /** Put before each file, e.g. the app's directory within the repository. */
  pathPrefix?: string;
}): string {
  const prefix = input.pathPrefix ?? "";
  const placed = (file: string): string => (isAddress.test(file) ? file : `${prefix}${file}`);
  const diagnostics = sortDiagnostics(input.diagnostics);
  if (input.format === "json") return formatJson(diagnostics, placed);
  if (input.format === "sarif") return formatSarif(diagnostics, placed);
  if (input.format === "github") return formatGithub(diagnostics, placed);
  return formatText({ diagnostics, placed, sources: input.sources ?? new Map(), color: input.color ?? false });
}
