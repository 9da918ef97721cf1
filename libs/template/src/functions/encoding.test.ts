import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ b64enc "hello" }}`, "aGVsbG8="],
  [`{{ b64dec "aGVsbG8=" }}`, "hello"],
  [`{{ b32enc "hello!" }}`, "NBSWY3DPEE======"],
  [`{{ b32dec (b32enc "hello!") }}`, "hello!"],
  [`{{ b64enc "é" }}`, "w6k="],
  [`{{ b32enc "" }}`, ""],
  [`{{ b64dec "" }}`, ""],
  [`{{ b32enc "a" }}`, "ME======"],
  [`{{ b32enc "ab" }}`, "MFRA===="],
  [`{{ b32enc "abcde" }}`, "MFRGGZDF"],
  [`{{ b32dec "MFRGG===" }}`, "abc"],
])("encodings: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});
