import { describe, expect, it } from "vitest";
import { references } from "./references.ts";
import { compile, render } from "./template.ts";

function codeOf(text: string, data: unknown = {}, limits = {}): string {
  try {
    return render(compile(text), data, { limits });
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const doubling = "{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}";
const cycle = '{{ $d := dict }}{{ $_ := set $d "a" $d }}';

describe("a hostile template ends within its limits", () => {
  it.each([
    ['{{ repeat 1000000000 "x" }}', "limit_memory"],
    ['{{ $x := repeat 10000 "x" }}{{ repeat 10000 $x }}', "limit_memory"],
    ["{{ until 1000000000 }}", "limit_memory"],
    ["{{ untilStep 0 1000000000 1 }}", "limit_memory"],
    ["{{ seq 1000000000 }}", "limit_memory"],
    ["{{ range 1000000000 }}{{ end }}", "limit_steps"],
    ["{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}", "limit_steps"],
    ['{{ template "template" . }}', "limit_depth"],
    ['{{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}{{ template "a" . }}', "limit_depth"],
    [`${doubling}{{ $x }}`, "limit_memory"],
    [`${doubling}{{ toJson $x }}`, "limit_memory"],
    [`${doubling}{{ toYaml $x }}`, "limit_memory"],
    [`${doubling}{{ deepCopy $x | len }}`, "limit_steps"],
    [`${cycle}{{ $d }}`, "limit_depth"],
    [`${cycle}{{ toJson $d }}`, "limit_depth"],
    [`${cycle}{{ toYaml $d }}`, "limit_depth"],
    [`${cycle}{{ printf "%#v" $d }}`, "limit_depth"],
    [`${cycle}{{ deepEqual $d (deepCopy $d) }}`, "limit_depth"],
    ['{{ range 1000 }}{{ printf "%*d" 1000000 1 }}{{ end }}', "limit_output"],
    ['{{ range 1000 }}{{ $x := printf "%.1000000f" 1.5 }}{{ end }}', "limit_memory"],
    ['{{ $x := repeat 100000 "a" }}{{ replace "a" $x $x }}', "limit_memory"],
    ['{{ $x := repeat 100000 "a" }}{{ replace "" $x $x }}', "limit_memory"],
    ['{{ join (repeat 100000 "x") (until 1000) }}', "limit_memory"],
    ['{{ indent 1000000 (repeat 100000 "\\n") }}', "limit_memory"],
    ['{{ wrapWith 1 (repeat 10000 "x") (repeat 100000 "a") }}', "limit_memory"],
    ['{{ $s := "a" }}{{ range 100 }}{{ $s = print $s $s }}{{ end }}', "limit_memory"],
    ['{{ regexMatch "((a?){30}){30}c" (repeat 1000000 "a") }}', "limit_steps"],
    ['{{ regexReplaceAll "" (repeat 10000 "a") (repeat 10000 "b") }}', "limit_memory"],
    ['{{ fromJson (printf "%s%s" (repeat 100000 "[") (repeat 100000 "]")) | toJson }}', "limit_depth"],
    ['{{ fromYaml (repeat 1000000 "- ") }}', "limit_steps"],
    ["{{ $l := list }}{{ range 1000000 }}{{ $l = append $l . }}{{ end }}", "limit_steps"],
    ["{{ uniq (until 100000) }}", "limit_steps"],
  ])("%s", { timeout: 30_000 }, (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it("where calls branch over many levels", () => {
    const levels = Array.from(
      { length: 60 },
      (_, i) => `{{ define "t${i}" }}{{ template "t${i + 1}" }}{{ template "t${i + 1}" }}{{ end }}`,
    );
    expect(codeOf(`${levels.join("")}{{ define "t60" }}x{{ end }}{{ template "t0" }}`)).toBe("limit_steps");
  });
  it("where aliases of YAML multiply", () => {
    const lines = [
      "a: &a [1,1,1,1,1,1,1,1,1]",
      ..."bcdefg".split("").map((name, i) => `${name}: &${name} [${`*${"abcdef"[i]},`.repeat(9)}]`),
    ];
    expect(codeOf("{{ fromYaml . }}", lines.join("\n"))).toBe("invalid_value");
  });
  it("where big maps are asked for their keys, length or truth again and again", () => {
    const data = { big: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])) };
    for (const action of ["{{ $x := keys $.big }}", "{{ $x := len $.big }}", "{{ if $.big }}{{ end }}"]) {
      expect(codeOf(`{{ range 100000 }}${action}{{ end }}`, data, { steps: 200_000 })).toBe("limit_steps");
    }
  });
});

describe("a hostile text is refused before it is rendered", () => {
  it.each([
    ["parentheses", `{{ ${"(".repeat(100_000)}1${")".repeat(100_000)} }}`, "limit_depth"],
    ["blocks", "{{ if true }}".repeat(50_000), "limit_depth"],
    ["else if", `{{ if false }}${"{{ else if false }}".repeat(10_000)}{{ end }}`, "limit_depth"],
    ["variables", "{{ $a := 1 }}".repeat(5000), "limit_source"],
    ["length", "x".repeat(1_000_001), "limit_source"],
    ["delimiters", "{{".repeat(400_000), "syntax"],
  ])("%s", (_, text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});

describe("finding references ends", () => {
  it.each([
    ["where a path grows without end", `{{ $x := . }}${"{{ $x = $x.a }}".repeat(5000)}`],
    ["where loops nest", `${"{{ range $i, $x := .a }}{{ $y := $x.b }}".repeat(200)}${"{{ end }}".repeat(200)}`],
    ["where maps share their parts", `{{ $x := . }}${'{{ $x = dict "a" $x "b" $x }}'.repeat(5000)}{{ $x.a.b }}`],
    ["where templates call themselves", '{{ define "r" }}{{ .v }}{{ template "r" .l }}{{ template "r" .r }}{{ end }}{{ template "r" .t }}'],
  ])("%s", { timeout: 30_000 }, (_, text) => {
    expect(Array.isArray(references(compile(text)))).toBe(true);
  });
});

it("limits can be set for a rendering", () => {
  expect(codeOf("12345", {}, { output: 4 })).toBe("limit_output");
  expect(codeOf("{{ 1 }}{{ 2 }}{{ 3 }}", {}, { steps: 5 })).toBe("limit_steps");
  expect(codeOf('{{ repeat 10 "x" }}', {}, { memory: 9 })).toBe("limit_memory");
  expect(codeOf("{{ if true }}{{ if true }}x{{ end }}{{ end }}", {}, { depth: 2 })).toBe("limit_depth");
});
