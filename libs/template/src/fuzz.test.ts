import fc from "fast-check";
import { expect, it } from "vitest";
import { TemplateError } from "./errors.ts";
import { functionNames } from "./functions/table.ts";
import { references } from "./references.ts";
import { compile, render } from "./template.ts";

const data = {
  nuon: {
    install: { id: "i1", name: "acme" },
    components: { db: { outputs: { url: "u", ports: [1, 2.5, "x"] } } },
    none: null,
    flag: true,
  },
  list: ["a", 1, null, { b: [] }],
};
const limits = { output: 20_000, steps: 20_000, memory: 100_000, depth: 60 };

/** Compiles, renders and analyses; anything thrown but a TemplateError, or an internal one, fails the test. */
function exercise(text: string, value: unknown): void {
  try {
    const template = compile(text);
    for (const reference of references(template)) expect(reference.path.length).toBeGreaterThan(0);
    const out = render(template, value, { limits, now: new Date(0) });
    expect(out.length).toBeLessThanOrEqual(limits.output);
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    const { code, line, column, cause } = error as TemplateError;
    if (code === "internal") throw cause;
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
  }
}

const pieces = [
  ..."{{ |}}|{{-|-}}|{{|}}|(|)|,|$|.|:=|=|-| |\n|/*|*/|'a'|`raw`|0x1|1e9|9|nil|true|$x|$i".split("|"),
  "|",
  '"text"',
  '"%d%s"',
  "{{ if .list }}",
  "{{ else }}",
  "{{ else if nil }}",
  "{{ end }}",
  "{{ range $i, $x := .list }}",
  "{{ range .nuon.components }}",
  "{{ with .nuon }}",
  '{{ define "t" }}',
  '{{ template "t" . }}',
  '{{ block "b" .list }}',
  "{{ break }}",
  "{{ continue }}",
  ".nuon.components.db.outputs.url",
  ".list",
  ".nuon.install.id",
];

it("no text makes the library throw anything but its own error, or hang", { timeout: 60_000 }, () => {
  const names = [...functionNames()];
  const soup = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.constantFrom(...names), fc.string({ maxLength: 4 })), { maxLength: 25 });
  fc.assert(
    fc.property(soup, (parts) => exercise(parts.join(" "), data)),
    { numRuns: 1500 },
  );
});

it("no call of a function, with any arguments, throws anything but the library's own error", { timeout: 60_000 }, () => {
  const argument = fc.constantFrom(
    "1",
    "-1",
    "0",
    "2.5",
    "1e30",
    "9223372036854775807",
    '""',
    '"a-b c"',
    '"["',
    '"é😀"',
    '"2006-01-02"',
    "nil",
    "true",
    ".list",
    ".nuon",
    "(list 1 2)",
    "(list)",
    "(dict)",
    "now",
    "2i",
    "'x'",
    '"1.2.3"',
    "(semver `1.2.3`)",
    "100000000",
  );
  fc.assert(
    fc.property(fc.constantFrom(...functionNames()), fc.array(argument, { maxLength: 4 }), fc.option(argument), (name, args, piped) =>
      exercise(`{{ ${piped === null ? "" : `${piped} | `}${[name, ...args].join(" ")} }}`, data),
    ),
    { numRuns: 3000 },
  );
});

it("no mutation of a working template throws anything but the library's own error", { timeout: 60_000 }, () => {
  const seeds = [
    '{{ define "row" }}{{ .name | upper }}: {{ .value | default "none" | quote }}\n{{ end }}{{ range $k, $v := .nuon.install }}{{ template "row" (dict "name" $k "value" $v) }}{{ end }}',
    "{{ if gt (len .list) 0 }}{{ index .list 0 }}{{ else }}{{ with .nuon.none }}{{ . }}{{ else with .nuon }}{{ .flag }}{{ end }}{{ end }}",
    '{{- $x := index .nuon.components "db" -}} {{ $x.outputs.url | printf "%-10s|" }} {{ range $i, $p := $x.outputs.ports }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $p }}{{ end }}',
    '{{ toPrettyJson .nuon }} {{ .list | toJson | fromJson | len }} {{ dig "a" "b" "x" .nuon }} {{ regexReplaceAll "a(b)?" "cab" "$1" }}',
  ];
  const edit = fc.tuple(fc.nat(200), fc.nat(8), fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })));
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.jsonValue(),
      fc.boolean(),
      (seed, edits, other, usual) => {
        let text = seed;
        for (const [at, removed, added] of edits) text = text.slice(0, at) + added + text.slice(at + removed);
        exercise(text, usual ? data : other);
      },
    ),
    { numRuns: 1500 },
  );
});
