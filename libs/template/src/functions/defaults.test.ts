import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = { n: null, s: "héllo", e: {} };
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ default "d" "" }}`, "d"],
  [`{{ default "d" "x" }}`, "x"],
  [`{{ default "d" }}`, "d"],
  [`{{ default "d" nil }}`, "d"],
  [`{{ default "d" 0 }}`, "d"],
  [`{{ "" | default "q" }}`, "q"],
  ["{{ empty 0 }}", "true"],
  [`{{ empty "x" }}`, "false"],
  ["{{ empty .e }}", "true"],
  [`{{ coalesce nil "" 0 "x" }}`, "x"],
  ["{{ coalesce }}", "<no value>"],
  ["{{ all 1 2 0 }}", "false"],
  ["{{ any 0 0 1 }}", "true"],
  [`{{ ternary "a" "b" true }}`, "a"],
  [`{{ true | ternary "a" "b" }}`, "a"],
  ["{{ all }}", "true"],
  ["{{ any }}", "false"],
  [`{{ default "d" .n }}`, "d"],
  [`{{ default "d" .s }}`, "héllo"],
  [`{{ default "d" false }}`, "d"],
  [`{{ default "d" .e }}`, "d"],
  [`{{ default "d" (list) }}`, "d"],
  [`{{ coalesce "" .n 0 }}`, "<no value>"],
  ["{{ ternary 1 2 false }}", "2"],
  ["{{ empty (list) }}", "true"],
  ["{{ empty nil }}", "true"],
  ["{{ empty false }}", "true"],
  ["{{ empty 0.0 }}", "true"],
  ["{{ empty now }}", "false"],
  [`{{ all 1 "a" true }}`, "true"],
])("default functions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  [`{{ ternary 1 2 "true" }}`, "wrong_type"],
  [`{{ fail "boom" }}`, "failed"],
  [`{{ fail "stop here" }}`, "failed"],
])("default functions: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
