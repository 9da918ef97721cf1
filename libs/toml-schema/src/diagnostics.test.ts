import { describe, expect, it } from "vitest";
import { formatDiagnostics, hasErrors, type Diagnostic } from "./diagnostics.ts";

const error: Diagnostic = {
  severity: "error",
  code: "unknown_input",
  message: 'There is no input "domian"',
  file: "components/api.toml",
  line: 2,
  column: 5,
  endLine: 2,
  endColumn: 8,
  fix: 'did you mean "domain"?',
};
const warning: Diagnostic = {
  severity: "warning",
  code: "unknown_key",
  message: "50% of\nit: nothing",
  file: "a, b.toml",
  line: 1,
  column: 1,
};
const sources = new Map([["components/api.toml", "x = 1\n\ta = {{ y }}\n"]]);

describe("diagnostics", () => {
  it("are shown with their line, a caret below the columns meant, and the fix", () => {
    expect(formatDiagnostics({ diagnostics: [error], format: "text", sources })).toBe(
      'components/api.toml:2:5: error: There is no input "domian" [unknown_input]\n' +
        "    2 | \ta = {{ y }}\n" +
        "      | \t   ^^^\n" +
        '  hint: did you mean "domain"?\n',
    );
  });
  it("cut a very long line around the place, and show no control characters", () => {
    const long = new Map([["f", `${"x".repeat(5000)}\u001B[31m${"y".repeat(5000)}`]]);
    const text = formatDiagnostics({ diagnostics: [{ ...warning, file: "f", column: 5001 }], format: "text", sources: long });
    expect(text).not.toContain("\u001B");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(200);
  });
  it("are sorted by place, and errors are told from warnings", () => {
    const json = JSON.parse(formatDiagnostics({ diagnostics: [error, warning], format: "json", pathPrefix: "apps/x/" }));
    expect(json).toMatchObject({
      errors: 1,
      warnings: 1,
      diagnostics: [{ file: "apps/x/a, b.toml" }, { file: "apps/x/components/api.toml", line: 2 }],
    });
    expect(hasErrors([warning])).toBe(false);
    expect(hasErrors([warning], true)).toBe(true);
  });
  it("become workflow commands whose values cannot break out", () => {
    expect(formatDiagnostics({ diagnostics: [warning], format: "github" })).toBe(
      "::warning file=a%2C b.toml,line=1,col=1,title=unknown_key::50%25 of%0Ait: nothing\n",
    );
  });
  it("become SARIF with rules, levels and regions", () => {
    const sarif = JSON.parse(formatDiagnostics({ diagnostics: [error, warning], format: "sarif" }));
    expect(sarif.version).toBe("2.1.0");
    expect(sarif.runs[0].tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(["unknown_input", "unknown_key"]);
    expect(sarif.runs[0].results[1]).toMatchObject({
      ruleId: "unknown_input",
      ruleIndex: 0,
      level: "error",
      locations: [
        { physicalLocation: { artifactLocation: { uri: "components/api.toml" }, region: { startLine: 2, startColumn: 5, endColumn: 8 } } },
      ],
    });
  });
});
