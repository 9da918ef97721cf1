import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = { n: null, l: [1, "a", null, 2.5, true] };
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ abbrev 5 "hello world" }}`, "he..."],
  [`{{ abbrevboth 5 10 "1234 5678 9123" }}`, "...5678..."],
  [`{{ abbrev 3 "hello" }}`, "hello"],
  [`{{ abbrevboth 1 6 "hello world foo" }}`, "hello world foo"],
  [`{{ abbrevboth 8 9 "hello world foo bar baz" }}`, "...rld..."],
  [`{{ trunc 3 "hello" }}`, "hel"],
  [`{{ trunc -3 "hello" }}`, "llo"],
  [`{{ trunc 10 "hi" }}`, "hi"],
  [`{{ trunc -10 "hi" }}`, "hi"],
  [`{{ trunc 0 "hi" }}`, ""],
  ['{{ trim "  a b \\n" }}', "a b"],
  [`{{ trimAll "$-" "$-a$-b-$" }}`, "a$-b"],
  [`{{ trimSuffix "lo" "hello" }}`, "hel"],
  [`{{ trimPrefix "he" "hello" }}`, "llo"],
  [`{{ trimSuffix "" "x" }}`, "x"],
  [`{{ upper "aéß" }}`, "AÉß"],
  [`{{ lower "AÉ" }}`, "aé"],
  [`{{ title "hello world's end-to_end 3rd éa" }}`, `Hello World'S End-To_end 3rd Éa`],
  [`{{ untitle "Hello World" }}`, "hello world"],
  [`{{ swapcase "aB cD" }}`, "Ab Cd"],
  [`{{ initials "First Try now" }}`, "FTn"],
  ['{{ nospace "a b\\tc\\n" }}', "abc"],
  [`{{ snakecase "FirstName" }}`, "first_name"],
  [`{{ snakecase "HTTPServer" }}`, "http_server"],
  [`{{ snakecase "http2xx" }}`, "http_2xx"],
  [`{{ snakecase "Bld4Floor3rd" }}`, "bld4_floor_3rd"],
  [`{{ kebabcase "GO_PATH foo.bar" }}`, "go-path-foo.bar"],
  [`{{ camelcase "http_server-foo bar" }}`, "HttpServerFooBar"],
  [`{{ camelcase "_complex__case_" }}`, "_Complex_Case_"],
  [`{{ substr 1 3 "hello" }}`, "el"],
  [`{{ substr -1 3 "hello" }}`, "hel"],
  [`{{ substr 2 -1 "hello" }}`, "llo"],
  [`{{ substr 2 99 "hello" }}`, "llo"],
  [`{{ repeat 3 "ab" }}`, "ababab"],
  [`{{ repeat 0 "x" }}`, ""],
  [`{{ wrap 5 "hello my dear world longwordhere" }}`, "hello\nmy\ndear\nworld\nlongwordhere"],
  [`{{ wrapWith 5 "~" "hello my dear longwordhere" }}`, "hello~my~dear~longw~ordhe~re"],
  [`{{ contains "a" "cat" }}`, "true"],
  [`{{ hasPrefix "c" "cat" }}`, "true"],
  [`{{ hasSuffix "t" "cat" }}`, "true"],
  ['{{ quote 1 "a\\"b" nil 2.5 .l }}', '"1" "a\\"b" "2.5" "[1 a <nil> 2.5 true]"'],
  [`{{ squote "a" 1 nil }}`, `'a' '1'`],
  [`{{ cat 1 "b" nil true }}`, "1 b true"],
  ['{{ indent 2 "a\\nb" }}', "  a\n  b"],
  ['{{ nindent 2 "a\\nb" }}', "\n  a\n  b"],
  [`{{ replace "a" "b" "banana" }}`, "bbnbnb"],
  [`{{ replace "" "-" "ab" }}`, "-a-b-"],
  [`{{ plural "one" "many" 1 }}`, "one"],
  [`{{ plural "one" "many" 2 }}`, "many"],
  ["{{ hello }}", "Hello!"],
  ["{{ .l | toJson | quote }}", '"[1,\\"a\\",null,2.5,true]"'],
])("string functions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  ["{{ upper 3 }}", "wrong_type"],
  ["{{ upper .n }}", "wrong_type"],
  ["{{ upper }}", "wrong_arguments"],
  [`{{ substr 9 99 "hello" }}`, "out_of_range"],
  [`{{ repeat -1 "x" }}`, "out_of_range"],
])("string functions: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
