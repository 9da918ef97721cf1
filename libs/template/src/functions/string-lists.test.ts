import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = { strs: ["b", "a", "c", "a"] };
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ split "," "a,b,c" }}`, "map[_0:a _1:b _2:c]"],
  [`{{ (split "," "a,b,c")._1 }}`, "b"],
  [`{{ splitn "," 2 "a,b,c" }}`, "map[_0:a _1:b,c]"],
  [`{{ splitList "," "a,b,c" }}`, "[a b c]"],
  [`{{ splitList "" "abc" }}`, "[a b c]"],
  [`{{ splitn "," 0 "a" }}`, "map[]"],
  [`{{ toStrings (list 1 "a" 2.5 nil) }}`, "[1 a 2.5]"],
  [`{{ join "-" (list 1 "a" nil) }}`, "1-a"],
  [`{{ join "-" "x" }}`, "x"],
  [`{{ join "-" nil }}`, ""],
  [`{{ sortAlpha (list "b" "a" 3) }}`, "[3 a b]"],
  [`{{ sortAlpha "x" }}`, "[x]"],
  [`{{ join "," (list) }}`, ""],
  [`{{ splitList "," "" }}`, "[]"],
  [`{{ split "." "a" }}`, "map[_0:a]"],
  [`{{ splitn "." 1 "a.b" }}`, "map[_0:a.b]"],
  [`{{ sortAlpha (list "B" "a" "A") }}`, "[A B a]"],
  [`{{ toStrings "x" }}`, "[x]"],
  ["{{ toStrings nil }}", "[]"],
  [`{{ join ", " .strs }}`, "b, a, c, a"],
  [`{{ splitList "é" "aébéc" }}`, "[a b c]"],
])("string list functions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});
