import { expect, it } from "vitest";
import { asObject } from "../object.ts";
import { readFieldSelector } from "./field-selector.ts";
import { readLabelSelector } from "./label-selector.ts";

const labels = { app: "web", tier: "front" };

it.each([
  ["", true],
  ["app=web", true],
  ["app==web,tier!=back", true],
  ["app=other", false],
  ["app in (web, api)", true],
  ["app notin (web)", false],
  ["missing notin (x)", true],
  ["app", true],
  ["!app", false],
  ["!missing,tier in (front),app", true],
  ["missing!=x", true],
])("label selector %j matches: %j", (text, matches) => {
  expect(readLabelSelector(text)(labels)).toBe(matches);
});

it("refuses a label selector that is none", () => {
  expect(() => readLabelSelector("a in web")).toThrow("unable to parse requirement");
});

it("selects by fields", () => {
  const pod = asObject({ metadata: { name: "p" }, status: { phase: "Running" } });
  expect(readFieldSelector("metadata.name=p,status.phase!=Failed")(pod)).toBe(true);
  expect(readFieldSelector("status.phase==Pending")(pod)).toBe(false);
  expect(() => readFieldSelector("what")).toThrow("can't understand 'what'");
});
