import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ base "/a/b.txt" }}`, "b.txt"],
  [`{{ dir "/a/b.txt" }}`, "/a"],
  [`{{ clean "/a/../b//c/." }}`, "/b/c"],
  [`{{ ext "a.tar.gz" }}`, ".gz"],
  [`{{ isAbs "/x" }}`, "true"],
  [`{{ base "" }}`, "."],
  [`{{ base "///" }}`, "/"],
  [`{{ dir "a" }}`, "."],
  [`{{ clean "" }}`, "."],
  [`{{ clean "../../a/.." }}`, "../.."],
  [`{{ dir "/a" }}`, "/"],
  [`{{ osBase "/x/y" }}`, "y"],
  [`{{ ext ".bashrc" }}`, ".bashrc"],
  [`{{ dir "" }}`, "."],
  [`{{ clean "/../a" }}`, "/a"],
  [`{{ base "a/" }}`, "a"],
  [`{{ dir "/" }}`, "/"],
  [`{{ dir "a/b/" }}`, "a/b"],
  [`{{ clean "a/./b/../../c" }}`, "c"],
  [`{{ clean "//a" }}`, "/a"],
  [`{{ ext "a/b.c/d" }}`, ""],
  [`{{ isAbs "a" }}`, "false"],
  [`{{ base "." }}`, "."],
  [`{{ dir "/a/b/../c" }}`, "/a"],
  [`{{ clean "/" }}`, "/"],
  [`{{ ext "a." }}`, "."],
])("path functions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});
