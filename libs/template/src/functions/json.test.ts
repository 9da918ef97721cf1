import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  ['{{ (fromJson "{\\"a\\": [1,2.5,\\"x\\"]}").a }}', "[1 2.5 x]"],
  [`{{ fromJson "bad" }}`, "<no value>"],
  [`{{ fromJson "3" }}`, "3"],
  [`{{ (mustFromJson "[1]") }}`, "[1]"],
  ['{{ fromJson "{\\"a\\":{\\"b\\":[1,2]}}" }}', "map[a:map[b:[1 2]]]"],
  ['{{ (fromJson "[{\\"k\\":\\"v\\"}]" | first).k }}', "v"],
  ["{{ mustToPrettyJson (list 1) }}", "[\n  1\n]"],
  [`{{ mustToRawJson "&" }}`, `"&"`],
  [`{{ fromJson "null" }}`, "<no value>"],
  [`{{ fromJson "1e3" }}`, "1000"],
  ['{{ fromJson "\\"x\\"" }}', "x"],
])("JSON: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  [`{{ mustFromJson "{" }}`, "invalid_value"],
  [`{{ mustFromJson "" }}`, "invalid_value"],
  ["{{ mustToJson 1i }}", "wrong_type"],
])("JSON: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
