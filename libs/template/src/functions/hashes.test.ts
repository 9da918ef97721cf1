import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

const data = {};
const now = new Date("2026-01-02T03:04:05.678Z");

// Results as the original implementation gives them.
it.each([
  [`{{ sha1sum "a" }}`, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"],
  [`{{ sha256sum "a" }}`, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
  [`{{ adler32sum "hello" }}`, "103547413"],
  [`{{ sha256sum "" }}`, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  [`{{ adler32sum "" }}`, "1"],
  [`{{ sha1sum "é" }}`, "bf15be717ac1b080b4f1c456692825891ff5073d"],
  [`{{ decryptAES "secretkey" "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=" }}`, "plaintext"],
])("hashes: %s is %j", (template, expected) => {
  expect(render(compile(template), data, { now })).toBe(expected);
});
