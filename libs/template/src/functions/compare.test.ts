import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = { n: null, l: [1, "a", null, 2.5, true], m: { b: 1, a: { x: [] } }, s: "héllo" };
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  ["{{ eq 1 2 1 }}", "true"],
  [`{{ ne "a" "b" }}`, "true"],
  ["{{ lt 1 2 }}", "true"],
  ["{{ le 2.0 2.0 }}", "true"],
  ["{{ eq .n 1 }}", "false"],
  ["{{ eq .n nil }}", "true"],
  [`{{ eq .n "x" }}`, "false"],
  ["{{ eq .m nil }}", "false"],
  ["{{ eq 1 1 }}", "true"],
  [`{{ eq "a" "a" }}`, "true"],
  ["{{ eq true true }}", "true"],
  ["{{ eq 1.5 1.5 }}", "true"],
  ["{{ eq 1 2 3 1 }}", "true"],
  ["{{ eq (int64 1) 1 }}", "true"],
  ["{{ ne nil nil }}", "false"],
  [`{{ lt "a" "b" }}`, "true"],
  ["{{ ge 2 2 }}", "true"],
  ["{{ gt 1.5 1.0 }}", "true"],
  [`{{ eq 1 2 | ternary "y" "n" }}`, "n"],
  [`{{ eq "a" "b" "a" }}`, "true"],
  ["{{ eq 1.0 1.0 }}", "true"],
  ["{{ ne 1 2 }}", "true"],
  [`{{ le "a" "b" }}`, "true"],
  [`{{ ge "b" "a" }}`, "true"],
  ["{{ gt 2 1 }}", "true"],
  ["{{ lt 1 1 }}", "false"],
  ["{{ le 1 1 }}", "true"],
  ["{{ eq nil nil }}", "true"],
  ["{{ ne .n 1 }}", "true"],
  ["{{ eq 1i 1i }}", "true"],
  [`{{ lt "é" "z" }}`, "false"],
  [`{{ eq .s "héllo" }}`, "true"],
])("comparisons: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  ["{{ eq 1 1.0 }}", "not_comparable"],
  [`{{ eq 1 "1" }}`, "not_comparable"],
  ["{{ eq .l .l }}", "not_comparable"],
  [`{{ lt "a" 1 }}`, "not_comparable"],
  ["{{ lt true false }}", "not_comparable"],
  ["{{ eq 1 }}", "wrong_arguments"],
  ["{{ eq }}", "wrong_arguments"],
  ["{{ lt nil 1 }}", "not_comparable"],
  ["{{ gt 1 2.0 }}", "not_comparable"],
  ["{{ eq true 1 }}", "not_comparable"],
  ["{{ eq .m .m }}", "not_comparable"],
  [`{{ lt "10" 9 }}`, "not_comparable"],
  ["{{ ge nil nil }}", "not_comparable"],
  ["{{ lt 1i 2i }}", "not_comparable"],
])("comparisons: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
