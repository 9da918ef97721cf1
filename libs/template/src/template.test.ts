import { describe, expect, it } from "vitest";
import { compile, isTemplated, render } from "./template.ts";

const data = {
  s: "text",
  t: true,
  n: null,
  i: 42,
  f: 1.5,
  list: ["a", "b", "c"],
  empty: [],
  map: { b: 2, a: 1 },
  deep: { er: { est: "found" } },
};

function show(text: string, value: unknown = data): string {
  return render(compile(text), value);
}

describe.each([
  [
    "text and actions",
    [
      ["plain text", "plain text"],
      ["", ""],
      ["{{ .s }}{{.s}}", "texttext"],
      ["{{ .deep.er.est }}", "found"],
      ["{{ . }}", "map[deep:map[er:map[est:found]] empty:[] f:1.5 i:42 list:[a b c] map:map[a:1 b:2] n:<nil> s:text t:true]"],
      ["{{ .n }}", "<no value>"],
      ["{{ .list }} {{ .map }} {{ .t }} {{ .i }} {{ .f }}", "[a b c] map[a:1 b:2] true 42 1.5"],
      ['<{{ "&\\"\'<>" }}>', "<&\"'<>>"],
      ['}} {{ "{{" }}', "}} {{"],
      ["{ {{ .i }} }", "{ 42 }"],
      ["{{ .s\n}}", "text"],
    ],
  ],
  [
    "trimming",
    [
      ["a  {{- .i -}}  b", "a42b"],
      ["a\n\n{{- .i }}\n", "a42\n"],
      ["{{ 23 -}} < {{- 45 }}", "23<45"],
      ["{{-3}}", "-3"],
      ["a {{- -3}}", "a-3"],
      ["a {{- /* gone */ -}} b", "ab"],
      ["a {{/* gone */ -}} b", "a b"],
      ["{{ .i -}}\t\r\n {{- .i }}", "4242"],
    ],
  ],
  [
    "comments",
    [
      ["a{{/* a comment */}}b", "ab"],
      ["{{/* with\nlines and }} in it */}}x", "x"],
      ["{{- /* trimmed */ -}}  x", "x"],
    ],
  ],
  [
    "literals",
    [
      ["{{ 1 }} {{ -1 }} {{ +1 }} {{ 1_000 }}", "1 -1 1 1000"],
      ["{{ 0x1F }} {{ 0o17 }} {{ 017 }} {{ 0b101 }} {{ 0x_ff }}", "31 15 15 5 255"],
      ["{{ 1.5 }} {{ .5 }} {{ 1. }} {{ 1e3 }} {{ 1E-2 }} {{ 0x1.8p1 }} {{ 0x1p4 }}", "1.5 0.5 1 1000 0.01 3 16"],
      ["{{ 2i }} {{ 1+2i }} {{ -1.5-2i }}", "(0+2i) (1+2i) (-1.5-2i)"],
      ["{{ 9223372036854775807 }} {{ -9223372036854775808 }}", "9223372036854775807 -9223372036854775808"],
      ["{{ 'a' }} {{ 'é' }} {{ '\\n' }} {{ '\\'' }} {{ '\\x41' }} {{ '\\u00e9' }} {{ '\\101' }}", "97 233 10 39 65 233 65"],
      ['{{ "a\\tb\\"c\\\\" }} {{ "\\u00e9\\x41\\101\\U0001F600" }}', 'a\tb"c\\ éAA😀'],
      ['{{ "\\xc3\\xa9" }}', "é"],
      ['{{ `raw \\n "text"\nwith lines` }}', 'raw \\n "text"\nwith lines'],
      ["{{ true }} {{ false }} {{ print nil }}", "true false <nil>"],
    ],
  ],
  [
    "pipelines",
    [
      ['{{ "x" | printf "%s-%s" "y" }}', "y-x"],
      ['{{ .list | len | printf "%03d" }}', "003"],
      ["{{ (index .list 1) }} {{ (.list | len) }}", "b 3"],
      ['{{ printf "%d" (len (printf "%s" "abc")) }}', "3"],
      ['{{ (dict "a" (dict "b" 5)).a.b }}', "5"],
      ["{{ print (1) (2) }}", "1 2"],
      ["{{.s|len}}", "4"],
    ],
  ],
  [
    "variables",
    [
      ["{{ $x := 1 }}{{ $x }}{{ $x = 2 }}{{ $x }}", "12"],
      ["{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"],
      ["{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"],
      ["{{ $x := .deep }}{{ $x.er.est }}", "found"],
      ["{{ with .deep }}{{ $.s }}{{ .er.est }}{{ end }}", "textfound"],
      ["{{ if $x := .s }}{{ $x }}{{ else }}{{ $x }}!{{ end }}", "text"],
      ["{{ $x := 0 }}{{ range .list }}{{ $x = add $x 1 }}{{ end }}{{ $x }}", "3"],
    ],
  ],
  [
    "if",
    [
      ["{{ if .t }}yes{{ end }}{{ if .n }}no{{ end }}", "yes"],
      ["{{ if 0 }}a{{ else }}b{{ end }}", "b"],
      ["{{ if false }}a{{ else if .t }}b{{ else }}c{{ end }}", "b"],
      ["{{ if false }}a{{ else if false }}b{{ else if false }}c{{ else }}d{{ end }}", "d"],
      ['{{ if "" }}a{{ else if .empty }}b{{ else if 0.0 }}c{{ else }}d{{ end }}', "d"],
      ["{{ if and .n .n.x }}a{{ else }}short{{ end }}", "short"],
      ["{{ if or .t .n.x }}short{{ end }}", "short"],
    ],
  ],
  [
    "with",
    [
      ["{{ with .s }}{{ . }}{{ end }}", "text"],
      ["{{ with .n }}a{{ else }}{{ .s }}{{ end }}", "text"],
      ["{{ with .n }}a{{ else with .deep }}{{ .er.est }}{{ else }}c{{ end }}", "found"],
      ["{{ with .n }}a{{ else with .empty }}b{{ else }}{{ .s }}{{ end }}", "text"],
      ["{{ with $x := .map }}{{ $x.a }}{{ .b }}{{ end }}", "12"],
    ],
  ],
  [
    "range",
    [
      ["{{ range .list }}{{ . }},{{ end }}", "a,b,c,"],
      ["{{ range $x := .list }}{{ $x }}{{ . }}{{ end }}", "aabbcc"],
      ["{{ range $i, $x := .list }}{{ $i }}{{ $x }}{{ end }}", "0a1b2c"],
      ["{{ range $k, $v := .map }}{{ $k }}={{ $v }} {{ end }}", "a=1 b=2 "],
      ["{{ range .map }}{{ . }}{{ end }}", "12"],
      ["{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}", "01201"],
      [
        "{{ range .empty }}a{{ else }}none{{ end }}{{ range .n }}a{{ else }}nil{{ end }}{{ range 0 }}a{{ else }}zero{{ end }}",
        "nonenilzero",
      ],
      ['{{ range .list }}{{ if eq . "b" }}{{ break }}{{ end }}{{ . }}{{ end }}', "a"],
      ['{{ range .list }}{{ if eq . "b" }}{{ continue }}{{ end }}{{ . }}{{ end }}', "ac"],
      ["{{ range 2 }}{{ range 5 }}{{ if eq . 2 }}{{ break }}{{ end }}{{ . }}{{ end }};{{ end }}", "01;01;"],
      ["{{ range .list }}{{ with . }}{{ break }}{{ end }}{{ else }}none{{ end }}after", "after"],
      ["{{ $i := 0 }}{{ $x := 0 }}{{ range $i, $x = .list }}{{ end }}{{ $i }}{{ $x }}", "2c"],
      ["{{ range $i, $x := .list }}{{ $y := $x }}{{ $y }}{{ end }}", "abc"],
    ],
  ],
  [
    "templates",
    [
      ['{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" .s }}{{ template "t" }}', "[text][<no value>]"],
      ['{{ template "t" .s }}{{ define "t" }}[{{ . }}]{{ end }}', "[text]"],
      ['{{ block "b" .map }}{{ .a }}{{ end }}{{ template "b" (dict "a" 9) }}', "19"],
      ['{{ define "t" }}{{ $.s }}{{ end }}{{ with .deep }}{{ template "t" $ }}{{ end }}', "text"],
      ['{{ define "count" }}{{ if . }}{{ len . }}{{ template "count" (rest .) }}{{ end }}{{ end }}{{ template "count" .list }}', "321"],
      ['{{ define "t" }}{{ end }}{{ define "t" }}later{{ end }}{{ template "t" }}', "later"],
      ['{{ define "t" }}first{{ end }}{{ define "t" }} {{ end }}{{ template "t" }}', "first"],
      ['a{{ define "t" }}x{{ end }}b', "ab"],
      ["{{ template `t` 1 }}{{ define `t` }}{{ . }}{{ end }}", "1"],
    ],
  ],
] as const)("%s", (_, cases: readonly (readonly [string, string])[]) => {
  it.each(cases)("%s gives %j", (text, expected) => {
    expect(show(text)).toBe(expected);
  });
});

describe("a template", () => {
  it("can be rendered any number of times, with different data", () => {
    const template = compile("{{ .x }}");
    expect([render(template, { x: 1 }), render(template, { x: "two" })]).toEqual(["1", "two"]);
  });
  it("can call itself by its name", () => {
    expect(
      render(compile('{{ .v }}{{ with .next }}{{ template "me" . }}{{ end }}', { name: "me" }), { v: 1, next: { v: 2, next: null } }),
    ).toBe("12");
  });
  it("never changes the data it is given", () => {
    const given = { map: { a: 1 } };
    expect(render(compile('{{ $_ := set .map "b" 2 }}{{ .map.b }}{{ $_ := unset .map "a" }}{{ keys .map }}'), given)).toBe("2[b]");
    expect(given).toEqual({ map: { a: 1 } });
  });
  it("treats keys that are special in JavaScript like all others", () => {
    expect(show('{{ hasKey .map "constructor" }}{{ index .map "__proto__" }}')).toBe("false<no value>");
    expect(show('{{ $d := set (dict) "__proto__" (dict "x" 1) }}{{ hasKey $d "x" }}{{ keys $d }}')).toBe("false[__proto__]");
    expect(show("{{ .__proto__ }}", JSON.parse('{"__proto__": 5}'))).toBe("5");
  });
  it("takes the current time from its caller", () => {
    expect(render(compile('{{ now | date "2006-01-02" }}'), {}, { now: new Date("2020-05-06T00:00:00Z") })).toBe("2020-05-06");
  });
  it("takes undefined, functions and symbols in the data for absent", () => {
    expect(
      show('{{ range .l }}{{ . }};{{ end }}{{ hasKey . "f" }}{{ hasKey . "u" }}', { l: [undefined, () => 1], f: () => 1, u: undefined }),
    ).toBe("<no value>;<no value>;falsefalse");
    expect(render(compile("{{ . }}"), undefined)).toBe("<no value>");
  });
  it("is recognized by its opening delimiter", () => {
    expect([isTemplated("a {{ .x }}"), isTemplated("a { b }")]).toEqual([true, false]);
  });
});

// Where the library departs from Go on purpose; the README says why.
it.each([
  ["{{ .big }}", "12345678"],
  ['{{ printf "%d %.1f" .big 3 }}', "12345678 3.0"],
  ["{{ .huge }}", "12345678901234567000"],
  ["{{ eq .big 12345678.0 }} {{ lt .half 1 }} {{ gt (len .map) 1.5 }}", "true true true"],
  ["{{ uniq (list 1 (float64 1)) }}", "[1]"],
  ['{{ slice "text" 1 3 }}', "ex"],
  ["{{ duration 90 }}", "1m30s"],
  ["{{ keys .map }} {{ values .map }}", "[a b] [1 2]"],
  ['{{ dig "x" "y" "none" (dict "x" nil) }}', "none"],
  ['{{ nospace "a é" }} {{ initials "élan vital" }}', "aé év"],
])("departing from Go, %s gives %j", (text, expected) => {
  expect(show(text, { big: 12345678, huge: 12345678901234567000, half: 0.5, map: { b: 2, a: 1 } })).toBe(expected);
});
