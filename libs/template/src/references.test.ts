import { describe, expect, it } from "vitest";
import { references } from "./references.ts";
import { compile } from "./template.ts";

/** The paths found, with `.*` where they go on with a computed key and `?` where they are optional. */
function paths(text: string): string[] {
  return references(compile(text)).map(({ path, dynamic, optional }) => path.join(".") + (dynamic ? ".*" : "") + (optional ? "?" : ""));
}

describe("references are found", () => {
  it.each([
    ["as fields of the dot and of $", "{{ .a.b }}{{ $.c }}", ["a.b", "c"]],
    ["in arguments and pipelines", '{{ .a | join "," | printf "%s %s" .b }}{{ (.c) }}', ["a", "b", "c"]],
    ["in conditions and all branches", "{{ if .a }}{{ .b }}{{ else if .c }}{{ .d }}{{ else }}{{ .e }}{{ end }}", ["a", "b", "c", "d", "e"]],
    ["through variables", "{{ $n := .nuon }}{{ $n.components.db }}", ["nuon", "nuon.components.db"]],
    ["through with, whose else keeps the dot", "{{ with .a.b }}{{ .c }}{{ $.d }}{{ else }}{{ .e }}{{ end }}", ["a.b", "a.b.c", "d", "e"]],
    ["through with and a variable", '{{ with $x := index .a "b" }}{{ $x.c }}{{ .d }}{{ end }}', ["a.b", "a.b.c", "a.b.d"]],
    [
      "in loops, as dynamic",
      "{{ range $k, $v := .a.b }}{{ $v.c }}{{ .d }}{{ $k }}{{ else }}{{ .e }}{{ end }}",
      ["a.b.*", "a.b.*", "a.b.*", "e"],
    ],
    ["through index with constant keys", '{{ index .a "b" "c" }}{{ (index .a "b").d.e }}', ["a.b.c", "a.b.d.e"]],
    ["through index with a constant variable", '{{ $k := "db" }}{{ (index .a $k).x }}', ["a.db.x"]],
    ["through index with a computed key, as dynamic", '{{ index .a (printf "%s" .b) "c" }}{{ index .l 0 }}', ["a.*", "b", "l.*"]],
    ["through index with each of several keys", '{{ range list "a" "b" }}{{ (index $.m .).y }}{{ end }}', ["m.a.y", "m.b.y"]],
    [
      "through dig, get and hasKey, as optional",
      '{{ dig "a" "b" "none" .m }}{{ .m | dig "c" 0 }}{{ get .m "d" }}{{ hasKey .m "e" }}',
      ["m.a.b?", "m.c?", "m.d?", "m.e?"],
    ],
    ["through values and first", "{{ (index (values .a) 0).x }}{{ (first .b).y }}", ["a.*", "a", "b.*", "b"]],
    [
      "through default and or",
      "{{ (default .a .b).c }}{{ with or .d .e }}{{ .f }}{{ end }}",
      ["a.c", "b.c", "a", "b", "d", "e", "d.f", "e.f"],
    ],
    [
      "through assignments, also in branches and later rounds",
      "{{ $x := .a }}{{ if .c }}{{ $x = .b }}{{ end }}{{ $x.f }}",
      ["a", "c", "b", "a.f", "b.f"],
    ],
    ["in later rounds of a loop", '{{ $p := "" }}{{ range .l }}{{ $p.q }}{{ $p = . }}{{ end }}', ["l.*", "l.*"]],
    ["in called templates", '{{ define "t" }}{{ .x }}{{ $.y }}{{ end }}{{ template "t" .a }}', ["a.x", "a.y", "a"]],
    [
      "in called templates, through a map of arguments",
      '{{ define "t" }}{{ (index .root.m .name).q }}{{ end }}{{ template "t" (dict "root" . "name" "db") }}',
      ["m.db.q"],
    ],
    ["in blocks", '{{ block "b" .a }}{{ .x }}{{ end }}', ["a", "a.x"]],
  ])("%s", (_, text, expected) => {
    expect(paths(text)).toEqual(expected);
  });
});

it.each([
  ["literals, functions and what is made of them", '{{ now.Year }}{{ (dict "a" 1).a }}{{ $x := list 1 }}{{ (fromJson "{}").b }}{{ "x" }}'],
  ["the data as a whole", "{{ . }}{{ toJson $ }}"],
  ["templates that are never called", '{{ define "t" }}{{ .a }}{{ end }}'],
  ["comments and text", "{{/* .a */}} .b"],
])("%s are no references", (_, text) => {
  expect(paths(text)).toEqual([]);
});

it("carry where in the text they stand", () => {
  expect(references(compile('a\n  {{ .b.c }}\n{{ index .d\n  "e" }}'))).toEqual([
    { path: ["b", "c"], dynamic: false, line: 2, column: 6 },
    { path: ["d", "e"], dynamic: false, line: 3, column: 10 },
  ]);
});
