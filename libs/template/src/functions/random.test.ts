import { expect, it } from "vitest";
import { compile, render } from "../template.ts";

it.each([
  ["{{ randAlphaNum 20 }}", /^[A-Za-z0-9]{20}$/],
  ["{{ randAlpha 20 }}", /^[A-Za-z]{20}$/],
  ["{{ randNumeric 20 }}", /^\d{20}$/],
  ["{{ randAscii 20 }}", /^[ -~]{20}$/],
  ["{{ randBytes 6 }}", /^[A-Za-z0-9+/]{8}$/],
  ["{{ randInt 5 7 }}", /^[56]$/],
  ["{{ uuidv4 }}", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
])("%s looks like %s", (text, pattern) => {
  const template = compile(text);
  expect(render(template, {})).toMatch(pattern);
});

it("shuffle keeps the characters", () => {
  expect(render(compile('{{ shuffle "hello" | splitList "" | sortAlpha | join "" }}'), {})).toBe("ehllo");
});

it("encryptAES is undone by decryptAES with the same password only", () => {
  expect(render(compile('{{ encryptAES "key" "secret é" | decryptAES "key" }}'), {})).toBe("secret é");
  const wrong = compile('{{ decryptAES "key" "not encrypted" }}');
  expect(() => render(wrong, {})).toThrow(expect.objectContaining({ code: "invalid_value" }));
});
