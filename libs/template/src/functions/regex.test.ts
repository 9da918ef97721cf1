import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ regexMatch "^a+$" "aaa" }}`, "true"],
  [`{{ regexFind "[0-9]+" "abc123def" }}`, "123"],
  [`{{ regexFindAll "[2,4,6,8]" "123456789" -1 }}`, "[2 4 6 8]"],
  [`{{ regexFindAll "a" "aaa" 2 }}`, "[a a]"],
  [`{{ regexFindAll "a" "aaa" 0 }}`, "[]"],
  ['{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}', "-W-xxW-"],
  ['{{ regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "${1}" }}', "-${1}-${1}-"],
  [`{{ regexSplit "z+" "pizza" -1 }}`, "[pi a]"],
  [`{{ regexSplit "a" "banana" 2 }}`, "[b nana]"],
  [`{{ regexSplit "a" "banana" 0 }}`, "[]"],
  [`{{ regexSplit "" "abc" -1 }}`, "[a b c]"],
  [`{{ regexQuoteMeta "1.2.3?[x]" }}`, "1\\.2\\.3\\?\\[x\\]"],
  [`{{ regexReplaceAll "x*" "axxb" "-" }}`, "-a-b-"],
  [`{{ regexSplit "x*" "axbxc" -1 }}`, "[a b c]"],
  [`{{ regexFindAll "x*" "axxb" -1 }}`, "[ xx ]"],
  [`{{ regexSplit "a" "" -1 }}`, "[]"],
  [`{{ regexFind "a.?" "xab" }}`, "ab"],
  [`{{ regexMatch "(?i)ABC" "xabcx" }}`, "true"],
  ['{{ regexFindAll "\\\\d" "a1b2c3" 2 }}', "[1 2]"],
  [`{{ mustRegexFind "b+" "abbc" }}`, "bb"],
  [`{{ regexReplaceAll "é" "aéb" "e" }}`, "aeb"],
  [`{{ regexSplit "," "a,b,,c" -1 }}`, "[a b  c]"],
  [`{{ regexFindAll "(a|ab)(c|bcd)" "abcd" -1 }}`, "[abcd]"],
  [`{{ mustRegexSplit "-" "a-b-c" 2 }}`, "[a b-c]"],
])("regular expressions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  [`{{ regexFind "(" "x" }}`, "invalid_value"],
  [`{{ mustRegexMatch "[" "x" }}`, "invalid_value"],
])("regular expressions: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
