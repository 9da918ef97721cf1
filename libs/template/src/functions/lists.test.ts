import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = { l: [1, "a", null, 2.5, true], nums: [3, 1, 2], strs: ["b", "a", "c", "a"] };
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ list 1 "a" nil }}`, "[1 a <nil>]"],
  ["{{ tuple 1 2 }}", "[1 2]"],
  ["{{ append (list 1) 2 }}", "[1 2]"],
  ["{{ prepend (list 1) 0 }}", "[0 1]"],
  ["{{ first .l }}", "1"],
  ["{{ last .l }}", "true"],
  ["{{ rest .l }}", "[a <nil> 2.5 true]"],
  ["{{ initial .l }}", "[1 a <nil> 2.5]"],
  ["{{ reverse .nums }}", "[2 1 3]"],
  ["{{ uniq .strs }}", "[b a c]"],
  [`{{ compact (list 1 0 "" nil "x") }}`, "[1 x]"],
  [`{{ has "a" .strs }}`, "true"],
  [`{{ has "z" .strs }}`, "false"],
  ["{{ chunk 2 (list 1 2 3 4 5) }}", "[[1 2] [3 4] [5]]"],
  ["{{ concat (list 1) (list 2 3) }}", "[1 2 3]"],
  ["{{ first (list) }}", "<no value>"],
  ["{{ rest (list) }}", "[]"],
  ["{{ chunk 3 (list) }}", "[]"],
  ["{{ (list 1 2) }}", "[1 2]"],
  ["{{ .nums | first }}", "3"],
  ["{{ list 1 2 | has 1 }}", "true"],
  ["{{ has 1.5 (list 1.5) }}", "true"],
  ["{{ toJson (list) }}", "[]"],
  ["{{ list }}", "[]"],
  ["{{ mustAppend (list 1) 2 }}", "[1 2]"],
  ["{{ mustFirst .strs }}", "b"],
  ["{{ mustLast (list) }}", "<no value>"],
  ["{{ mustHas 3 .nums }}", "true"],
  ["{{ has nil (list nil) }}", "true"],
  ["{{ uniq (list 1 2 1 (list 1) (list 1)) }}", "[1 2 [1]]"],
  ["{{ chunk 2 (list 1 2) }}", "[[1 2]]"],
  ["{{ concat }}", "[]"],
  [`{{ push (list) "x" }}`, "[x]"],
  ["{{ reverse (list) }}", "[]"],
  ["{{ initial (list 1) }}", "[]"],
  [`{{ compact (list false "" (list) (dict) 1) }}`, "[1]"],
])("list functions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  ["{{ first nil }}", "wrong_type"],
  [`{{ first "abc" }}`, "wrong_type"],
  ["{{ append nil 1 }}", "wrong_type"],
  ["{{ chunk 0 (list 1) }}", "out_of_range"],
  ["{{ concat (list 1) nil }}", "wrong_type"],
  [`{{ last "x" }}`, "wrong_type"],
  [`{{ has 1 "x" }}`, "wrong_type"],
])("list functions: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
