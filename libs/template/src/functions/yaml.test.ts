import fc from "fast-check";
import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

it("toYaml writes block style with sorted keys and without a trailing line break", () => {
  const data = { z: 1, a: { list: ["x", 2.5, null, true], empty: [], none: {} }, text: "two\nlines\n", yes: "yes", num: "1" };
  expect(render(compile("{{ toYaml . }}"), data)).toBe(
    'a:\n  empty: []\n  list:\n  - x\n  - 2.5\n  - null\n  - true\n  none: {}\nnum: "1"\ntext: |\n  two\n  lines\n"yes": "yes"\nz: 1',
  );
});

it("fromYaml reads it back", () => {
  const template = compile("{{ toYaml . | fromYaml | toJson }}");
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      expect(JSON.parse(render(template, { value }))).toEqual(JSON.parse(JSON.stringify({ value })));
    }),
  );
});

it("fromYaml knows anchors, merge keys and block texts", () => {
  const text = "base: &b {x: 1}\nmore: {<<: *b, y: 2}\ntext: |\n  a\n  b\n";
  expect(render(compile("{{ fromYaml . | toJson }}"), text)).toBe('{"base":{"x":1},"more":{"x":1,"y":2},"text":"a\\nb\\n"}');
});
