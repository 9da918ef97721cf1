import { describe, expect, it } from "vitest";
import { TemplateError } from "./errors.ts";
import { compile, render } from "./template.ts";

const data = {
  nuon: {
    install: { id: "i1" },
    components: { api: { status: "active" }, database: { outputs: { url: "u" } } },
    list: [{ a: 1 }],
    none: null,
    name: "n",
  },
};

function failure(text: string, value: unknown = data): TemplateError {
  try {
    render(compile(text), value);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`${text} did not fail`);
}

describe("a missing key", () => {
  it("is an error that names the path, what exists beside it, and what was probably meant", () => {
    const error = failure("url: {{ .nuon.components.databse.outputs.url }}");
    expect(error).toMatchObject({ code: "missing_key", line: 1, column: 25 });
    expect(error.message).toBe(
      'There is no key "databse" in .nuon.components (in .nuon.components.databse.outputs.url): it has keys "api", "database". Did you mean "database"?',
    );
    expect(error.chain).toEqual([
      { expression: ".", value: 'map with key "nuon"' },
      { expression: ".nuon", value: 'map with keys "components", "install", "list", "name", "none"' },
      { expression: ".nuon.components", value: 'map with keys "api", "database"' },
    ]);
  });
  it("makes no guess where nothing is near", () => {
    expect(failure("{{ .nuon.whatever }}").message).toBe(
      'There is no key "whatever" in .nuon: it has keys "components", "install", "list", "name", "none".',
    );
  });
  it("tells how the dot came to be what it is", () => {
    const error = failure(
      '{{ define "row" }}\n  {{ .outputs.url }}{{ end }}{{ range $name, $c := .nuon.components }}{{ with $c }}{{ template "row" . }}{{ end }}{{ end }}',
    );
    expect(error).toMatchObject({ code: "missing_key", line: 2, column: 6 });
    expect(error.chain).toEqual([
      { expression: 'range $name, $c := .nuon.components, item "api"', value: 'map with key "status"' },
      { expression: "with $c", value: 'map with key "status"' },
      { expression: 'template "row"', value: 'map with key "status"' },
      { expression: ".", value: 'map with key "status"' },
    ]);
  });
  it("of a variable or a result is named with it", () => {
    expect(failure("{{ $c := .nuon }}{{ $c.x }}").message).toContain('no key "x" in $c');
    expect(failure('{{ (index .nuon.components "api").x }}').message).toContain('no key "x" in (index .nuon.components "api")');
  });
  it("shows only some of many keys and never a value", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key${String(i).padStart(2, "0")}`, "secret"]));
    const error = failure("{{ .m.x }}", { m: many });
    expect(error.message).toMatch(/"key11" and 28 more\.$/);
    expect(JSON.stringify([error.message, error.chain])).not.toContain("secret");
  });
});

it.each([
  ["{{ .nuon.none.x }}", "nil_value", ".nuon.none.x has no value: .nuon.none is nil"],
  ["{{ .nuon.name.x }}", "not_a_map", ".nuon.name is a string"],
  ["{{ .nuon.list.a }}", "not_a_map", "Use {{range}} or (index .nuon.list 0)"],
  ["{{ nope 1 }}", "unknown_function", "There is no function nope."],
  ["{{ defualt 1 2 }}", "unknown_function", "Did you mean default?"],
  ['{{ include "x" . }}', "unknown_function", "Helm"],
  ['{{ env "HOME" }}', "refused_function", "environment"],
  ['{{ expandenv "$HOME" }}', "refused_function", "environment"],
  ['{{ getHostByName "x" }}', "refused_function", "network"],
  ['{{ genPrivateKey "rsa" }}', "refused_function", "do not make keys"],
  ['{{ genCA "x" 1 }}', "refused_function", "do not make keys"],
  ['{{ genSignedCert "x" }}', "refused_function", "do not make keys"],
  ['{{ derivePassword 1 "long" "p" "u" "s" }}', "refused_function", "do not make keys"],
  ['{{ htpasswd "u" "p" }}', "refused_function", "slow by design"],
  ["{{ $x }}", "unknown_variable", "$x is not declared"],
  ["{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", "unknown_variable", "$x"],
  ["{{ if true }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}", "unknown_variable", "$x"],
  ['{{ $x := 1 }}{{ define "t" }}{{ $x }}{{ end }}', "unknown_variable", "$x"],
  ["{{ $x = 1 }}", "unknown_variable", "$x"],
  ['{{ template "hedaer" }}{{ define "header" }}x{{ end }}', "unknown_template", 'Did you mean "header"?'],
  ["{{ upper 3 }}", "wrong_type", "Argument 1 of upper must be a string, not an integer."],
  ["{{ .nuon.none | upper }}", "wrong_type", "Argument 1 of upper must be a string, not nil."],
  ["{{ upper }}", "wrong_arguments", "upper takes 1 argument, not 0."],
  ['{{ eq "1" 1 }}', "not_comparable", "eq cannot compare a string with an integer. Convert one"],
  ["{{ eq 1 1.0 }}", "not_comparable", "eq cannot compare an integer with a float"],
  ["{{ eq .nuon.list .nuon.list }}", "not_comparable", "deepEqual"],
  ["{{ lt true false }}", "not_comparable", "lt cannot order a bool"],
  ["{{ index .nuon.list 3 }}", "out_of_range", "index 3 is out of range: there is 1 item."],
  ['{{ index .nuon.none "x" }}', "nil_value", 'look for "x"'],
  ["{{ range .nuon.name }}{{ end }}", "wrong_type", "{{range}} goes over lists, maps and integers; this is a string."],
  ["{{ range $i, $x := 3 }}{{ end }}", "wrong_type", "only one variable"],
  ["{{ nil }}", "wrong_type", "nil is not a command"],
  ["{{ .nuon.name 1 }}", "wrong_arguments", ".nuon.name is not a function"],
  ["{{ 1 | .nuon.name }}", "wrong_arguments", "the value piped to it"],
  ['{{ fail "no region" }}', "failed", "no region"],
  ['{{ mustFromJson "{secret" }}', "invalid_value", "The text is not JSON"],
  ['{{ b64dec "%" }}', "invalid_value", "not base64"],
  ['{{ b64dec "/w==" }}', "invalid_value", "not text"],
  ['{{ regexMatch "(" "x" }}', "invalid_value", "not a regular expression"],
  ['{{ fromYaml "a: [" }}', "invalid_value", "not YAML"],
  ["{{ div 1 0 }}", "invalid_value", "Division by zero."],
] as const)("%s fails with %s and says: %s", (text, code, message) => {
  const error = failure(text);
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
});

it.each([
  ["{{ .x", 1, 1, "never closed: }} is missing"],
  ["a\n  {{ if .x }}b", 2, 3, "This {{if}} is never closed: {{end}} is missing."],
  ["{{ end }}", 1, 1, "nothing to end"],
  ["{{ else }}", 1, 1, "nothing to be the other case of"],
  ["{{ if .x }}{{ else }}{{ else }}{{ end }}", 1, 22, "already has its {{else}}"],
  ["{{ if .x }}{{ else with .y }}{{ end }}", 1, 20, "{{else with}} cannot continue {{if}}."],
  ["{{ if }}{{ end }}", 1, 7, "A value is missing in {{if}}."],
  ["{{ .x | }}", 1, 7, "A command is missing after the |"],
  ["{{ | .x }}", 1, 4, "A command is missing before this |."],
  ["{{ 1 | 2 }}", 1, 8, "Only a function can receive a value through |"],
  ["{{ (1 }}", 1, 4, "This parenthesis is never closed."],
  ["{{ 1) }}", 1, 5, "no opening one"],
  ['{{ "abc }}', 1, 4, 'not closed on its line: " is missing'],
  ["{{ `abc }}", 1, 4, "raw string is never closed"],
  ["{{ 'ab' }}", 1, 4, "not one character"],
  ['{{ "\\q" }}', 1, 4, "wrong escape sequence"],
  ["{{ .a-b }}", 1, 6, 'write (index . "a-b")'],
  ["{{ .a. }}", 1, 6, "A name is missing after this dot."],
  ["{{ true.x }}", 1, 8, "cannot follow a bool"],
  ["{{ 1x }}", 1, 4, '"1x" is not a number.'],
  ["{{ 08 }}", 1, 4, '"08" is not a number.'],
  ["{{ 9223372036854775808 }}", 1, 4, "does not fit into 64 bits"],
  ["{{ print (1)(2) }}", 1, 13, "A space is missing"],
  ["{{ @ }}", 1, 4, 'The character "@" has no meaning here.'],
  ["{{ .a {{ .b }} }}", 1, 7, "cannot begin inside another"],
  ["{{/* x }}", 1, 1, "This comment is never closed"],
  ["{{/* x */ y }}", 1, 8, "A comment must end right before the closing delimiter"],
  ["{{ break }}", 1, 1, "{{break}} stands outside of any {{range}}."],
  ["{{ range .x }}{{ else }}{{ continue }}{{ end }}", 1, 25, "outside of any {{range}}"],
  ['{{ if .x }}{{ define "t" }}{{ end }}{{ end }}', 1, 12, "only at the top level"],
  ['{{ define "t" }}a{{ end }}{{ define "t" }}b{{ end }}', 1, 27, "defined twice"],
  ["{{ template x }}", 1, 13, "needs a name in quotes"],
  ["{{ with $a, $b := .x }}{{ end }}", 1, 11, "Only {{range}} can set two variables"],
  ["{{ $x : 1 }}", 1, 7, "A colon stands only in :="],
] as const)("%s is refused at %i:%i: %s", (text, line, column, message) => {
  const error = failure(text);
  expect(error).toMatchObject({ code: "syntax", line, column });
  expect(error.message).toContain(message);
});
