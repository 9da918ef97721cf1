import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ semver "v1.2" }}`, "1.2.0"],
  [`{{ semver "1.2.3-beta.1+b5" }}`, "1.2.3-beta.1+b5"],
  [`{{ semverCompare "^1.2.0" "1.3.0" }}`, "true"],
  [`{{ semverCompare "~1.2" "1.3.0" }}`, "false"],
  [`{{ semverCompare ">=1.0, <2" "1.5.0" }}`, "true"],
  [`{{ semverCompare ">1.2" "1.2.5" }}`, "false"],
  [`{{ semverCompare "*" "1.2.5" }}`, "true"],
  [`{{ semverCompare "1.x || 3.x" "3.1.0" }}`, "true"],
  [`{{ semverCompare "1.2 - 1.4" "1.4.5" }}`, "true"],
  [`{{ semverCompare ">=1.0.0" "1.5.0-beta" }}`, "false"],
  [`{{ semverCompare ">=1.0.0-0" "1.5.0-beta" }}`, "true"],
  [`{{ semverCompare "!=1.2.x" "1.2.4" }}`, "false"],
  [`{{ semverCompare "!=1.2.x" "1.3.4" }}`, "true"],
  [`{{ semverCompare "^0.2.3" "0.2.9" }}`, "true"],
  [`{{ semverCompare "^0.2.3" "0.3.0" }}`, "false"],
  [`{{ semverCompare "^0.0.3" "0.0.4" }}`, "false"],
  [`{{ semverCompare "~0" "0.9.1" }}`, "true"],
  [`{{ semverCompare "<=1.2" "1.2.9" }}`, "true"],
  [`{{ semverCompare "<1.2" "1.2.0" }}`, "false"],
  [`{{ semverCompare "=1" "1.5.5" }}`, "true"],
  [`{{ semverCompare "^1" "1.9.9" }}`, "true"],
  [`{{ semverCompare ">=1.2, <1.5 || 2.x" "2.3.4" }}`, "true"],
  [`{{ semverCompare "~1.2.3" "1.2.9" }}`, "true"],
  [`{{ semverCompare "~>1.2" "1.2.9" }}`, "true"],
  [`{{ semverCompare "1.2" "1.2.7" }}`, "true"],
  [`{{ semverCompare "!=1.2.3" "1.2.3" }}`, "false"],
  [`{{ semverCompare ">11" "11.1.0" }}`, "false"],
  [`{{ semverCompare ">11.1" "11.1.1" }}`, "false"],
  [`{{ semverCompare "<=11" "11.9.9" }}`, "true"],
  [`{{ semverCompare "^0" "0.9.9" }}`, "true"],
  [`{{ semverCompare "^0.0" "0.0.9" }}`, "true"],
  [`{{ semverCompare "^0.1" "0.2.0" }}`, "false"],
  [`{{ semverCompare "=1.2.3-beta" "1.2.3-beta" }}`, "true"],
  [`{{ semverCompare "~1" "1.9" }}`, "true"],
  [`{{ semverCompare "v1.2.3" "v1.2.3" }}`, "true"],
  [`{{ semverCompare ">= 1.0" "1.0.1" }}`, "true"],
  [`{{ semverCompare "1 - 2" "2.5" }}`, "true"],
  [`{{ semverCompare "> 1.0.0-alpha" "1.0.0-beta" }}`, "true"],
  [`{{ (semver "1.2.3-rc.1+build").Major }}`, "1"],
  [`{{ (semver "v2.5").Minor }}`, "5"],
  [`{{ (semver "1.2.3-rc.1").Prerelease }}`, "rc.1"],
  [`{{ semver "01.2.3" }}`, "1.2.3"],
  [`{{ semverCompare ">=1.x" "1.0.0" }}`, "true"],
])("semantic versions: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});

it.each([
  [`{{ semver "abc" }}`, "invalid_value"],
  [`{{ semverCompare "foo" "1.2.3" }}`, "invalid_value"],
  [`{{ semverCompare "" "1.0.0" }}`, "invalid_value"],
  [`{{ semver "1.2.3.4" }}`, "invalid_value"],
])("semantic versions: %s fails with %s", (template, code) => {
  expect(() => render(compile(template), data, { now })).toThrow(expect.objectContaining({ code }));
});
