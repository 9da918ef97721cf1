import type { Diagnostic } from "../diagnostics.ts";

const inMessage = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const inProperty = (text: string) => inMessage(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** GitHub workflow commands: each becomes an annotation on the line in a pull request. */
export function formatGithub(diagnostics: readonly Diagnostic[], placed: (file: string) => string): string {
  return diagnostics
    .map((diagnostic) => {
      const properties = [
        `file=${inProperty(placed(diagnostic.file))}`,
        `line=${diagnostic.line}`,
        ...(diagnostic.endLine ? [`endLine=${diagnostic.endLine}`] : []),
        `col=${diagnostic.column}`,
        ...(diagnostic.endColumn ? [`endColumn=${diagnostic.endColumn}`] : []),
        `title=${inProperty(diagnostic.code)}`,
      ];
      const text = diagnostic.fix ? `${diagnostic.message}\n${diagnostic.fix}` : diagnostic.message;
      return `::${diagnostic.severity} ${properties.join(",")}::${inMessage(text)}\n`;
    })
    .join("");
}
