import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = { n: null, m: { b: 1, a: { x: [] } }, s: "héllo", deep: { a: { b: { c: "found" } }, list: [{ k: 1 }, { k: 2 }] } };
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ (dict "k" "v").k }}`, "v"],
  [`{{ get .m "zz" }}`, ""],
  [`{{ get .m "b" }}`, "1"],
  [`{{ toPrettyJson (dict "b" (list 1 2) "a" (dict) "c" (list)) }}`, '{\n  "a": {},\n  "b": [\n    1,\n    2\n  ],\n  "c": []\n}'],
  [`{{ values (dict "x" 1) }}`, "[1]"],
  [`{{ dict "a" }}`, "map[a:]"],
  ["{{ dict 1 2 }}", "map[1:2]"],
  [`{{ dig "a" "b" "c" "none" .deep }}`, "found"],
  [`{{ dig "a" "zz" "none" .deep }}`, "none"],
  [`{{ dig "a" "b" "none" .deep }}`, "map[c:found]"],
  [
    `{{ merge (dict "a" 1 "n" (dict "x" 1) "e" "") (dict "a" 2 "b" 3 "n" (dict "x" 9 "y" 2) "e" "full") }}`,
    "map[a:1 b:3 e:full n:map[x:1 y:2]]",
  ],
  [`{{ mergeOverwrite (dict "a" 1 "n" (dict "x" 1) "k" 5) (dict "a" 2 "n" (dict "x" 9 "y" 2) "k" 0) }}`, "map[a:2 k:0 n:map[x:9 y:2]]"],
  [`{{ merge (dict "a" (list)) (dict "a" (list 1)) }}`, "map[a:[1]]"],
  [`{{ merge (dict "a" nil) (dict "a" (list 1)) }}`, "map[a:[1]]"],
  [`{{ mergeOverwrite (dict "a" (dict "b" 1)) (dict "a" "x") }}`, "map[a:x]"],
  [`{{ mergeOverwrite (dict "a" "x") (dict "a" nil "c" nil) }}`, "map[a:<nil> c:<nil>]"],
  [`{{ mergeOverwrite (dict "a" (dict "b" 1)) (dict "a" (dict)) }}`, "map[a:map[b:1]]"],
  [`{{ merge (dict "a" (dict)) (dict "a" (dict "x" 1)) }}`, "map[a:map[x:1]]"],
  [`{{ merge (dict "a" false) (dict "a" true) }}`, "map[a:true]"],
  ["{{ deepCopy .m }}", "map[a:map[x:[]] b:1]"],
  [`{{ (dict "a" (dict "b" 5)).a.b }}`, "5"],
  [`{{ toJson (dict "z" 1 "a" (list true nil 1.5 "x")) }}`, `{"a":[true,null,1.5,"x"],"z":1}`],
  ["{{ toPrettyJson (dict) }}", "{}"],
  [`{{ get .deep "list" }}`, "[map[k:1] map[k:2]]"],
  [`{{ get (dict "a" nil) "a" }}`, "<no value>"],
  [`{{ hasKey .m "b" }}`, "true"],
  [`{{ hasKey .m "zz" }}`, "false"],
  [`{{ pluck "b" .m }}`, "[1]"],
  [`{{ keys .m | sortAlpha | join "," }}`, "a,b"],
  [`{{ pick .m "b" "zz" }}`, "map[b:1]"],
  [`{{ omit .m "a" }}`, "map[b:1]"],
  [`{{ values (dict "a" 1) }}`, "[1]"],
  [`{{ dict "a" 1 "a" 2 }}`, "map[a:2]"],
  [`{{ dict "a" 1 "b" }}`, "map[a:1 b:]"],
  ["{{ dict nil 1 }}", "map[<nil>:1]"],
  [`{{ dig "list" "none" .deep }}`, "[map[k:1] map[k:2]]"],
  [`{{ dig "x" "y" "none" .deep }}`, "none"],
  [`{{ set (dict "a" 1) "b" 2 }}`, "map[a:1 b:2]"],
  [`{{ unset (dict "a" 1 "b" 2) "a" }}`, "map[b:2]"],
  [`{{ mustMerge (dict "a" 1) (dict "b" 2) }}`, "map[a:1 b:2]"],
  [`{{ mustMergeOverwrite (dict "a" 1) (dict "a" 2) }}`, "map[a:2]"],
  [`{{ deepCopy (dict "a" (list 1)) }}`, "map[a:[1]]"],
  ["{{ mustDeepCopy .m }}", "map[a:map[x:[]] b:1]"],
  [`{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}`, "map[a:1 b:3]"],
  [`{{ mergeOverwrite (dict "a" (dict "b" 1 "c" 2)) (dict "a" (dict "b" 9)) }}`, "map[a:map[b:9 c:2]]"],
  [`{{ merge (dict "a" "") (dict "a" "x") (dict "a" "y") }}`, "map[a:x]"],
])("map functions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  [`{{ hasKey .n "x" }}`, "wrong_type"],
  [`{{ dig "a" "d" }}`, "wrong_arguments"],
  [`{{ dig "a" "none" "notadict" }}`, "not_a_map"],
  [`{{ dig 1 "none" .deep }}`, "wrong_type"],
  [`{{ set .s "a" 1 }}`, "wrong_type"],
  ["{{ set (dict) 1 2 }}", "wrong_type"],
])("map functions: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
