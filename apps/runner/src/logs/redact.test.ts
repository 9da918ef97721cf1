import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPatternTree } from "./pattern-tree.ts";
import { redactionPatterns } from "./patterns.ts";
import { createRedaction, createRedactor, hideMore, redactText, type Redaction } from "./redact.ts";

/** The same by hand, slowly: every occurrence, overlapping and touching ones joined. */
function byHand(input: Buffer, patterns: Buffer[]): string {
  const spans: [number, number][] = [];
  for (const pattern of patterns)
    for (let at = input.indexOf(pattern); at >= 0; at = input.indexOf(pattern, at + 1)) spans.push([at, at + pattern.length]);
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let out = "";
  let at = 0;
  for (let index = 0; index < spans.length;) {
    const [from] = spans[index] ?? [0, 0];
    let end = from;
    while (index < spans.length && (spans[index]?.[0] ?? Infinity) <= Math.max(end, from)) end = Math.max(end, spans[index++]?.[1] ?? 0);
    out += `${input.toString("latin1", at, from)}[redacted]`;
    at = end;
  }
  return out + input.toString("latin1", at);
}

function redactInPieces(redaction: Redaction, input: Buffer, cuts: number[]): string {
  const redactor = createRedactor(redaction);
  const out: Buffer[] = [];
  const borders = [0, ...cuts.map((cut) => cut % (input.length + 1)).sort((a, b) => a - b), input.length];
  for (let index = 1; index < borders.length; index++)
    for (const part of redactor.push(input.subarray(borders[index - 1], borders[index]))) out.push(Buffer.from(part));
  return Buffer.concat([...out, ...redactor.end()]).toString("latin1");
}

const few = fc.array(fc.constantFrom(0x61, 0x62, 0x63), { maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const pattern = fc.array(fc.constantFrom(0x61, 0x62, 0x63), { minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes));

describe("redaction", () => {
  it("hides the same wherever the stream is cut, and the same as a slow search by hand", () => {
    fc.assert(
      fc.property(few, fc.array(pattern, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 8 }), (input, patterns, cuts) => {
        const redaction = { tree: buildPatternTree(patterns), longest: Math.max(0, ...patterns.map(({ length }) => length)), texts: [] };
        expect(redactInPieces(redaction, input, cuts)).toBe(byHand(input, patterns));
      }),
      { numRuns: 2000 },
    );
  });

  it("hides texts too that turn up later, in every source from then on", () => {
    const redaction = createRedaction(["first-secret"]);
    hideMore(redaction, ["first-secret", "later-secret"]);
    expect(redactText(redaction, "first-secret later-secret")).toBe("[redacted] [redacted]");
  });

  it("lets no secret through in any of its forms", { timeout: 30_000 }, () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 60, unit: "binary" })
      .filter((text) => text.trim() === text && !/[\r\n]/.test(text));
    fc.assert(
      fc.property(secret, fc.string({ maxLength: 20 }), fc.array(fc.nat(), { maxLength: 5 }), (text, around, cuts) => {
        const redaction = createRedaction([text]);
        const forms = [
          text,
          JSON.stringify(text).slice(1, -1),
          Buffer.from(text).toString("base64").replace(/=+$/, ""),
          Buffer.from(text).toString("base64url"),
          encodeURIComponent(text),
        ];
        for (const form of forms) {
          const input = Buffer.from(`${around}\n${form}\n${around}`);
          const out = redactInPieces(redaction, input, cuts);
          expect(out).toContain("[redacted]");
          expect(out.includes(Buffer.from(form).toString("latin1"))).toBe(around.includes(form));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("hides a secret inside longer base64, as in a basic authorization header", () => {
    const redaction = createRedaction(["correct-horse-battery"]);
    for (const user of ["u", "us", "use", "user"]) {
      const header = Buffer.from(`${user}:correct-horse-battery`).toString("base64");
      const out = redactText(redaction, `Authorization: Basic ${header}\n`);
      const rest = Buffer.from(
        out
          .replace(/^.*Basic /, "")
          .replace("[redacted]", "")
          .trim(),
        "base64",
      ).toString();
      expect(out).toContain("[redacted]");
      expect(rest).not.toContain("horse");
    }
  });

  it("hides every line of a key, in the shape it has and in wrapped base64", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line-${index}-${"k3y".repeat(18)}`);
    const key = `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
    const redaction = createRedaction([key]);
    expect(redactText(redaction, key)).toBe("[redacted]\n".repeat(14));
    const wrapped = Buffer.from(key)
      .toString("base64")
      .replace(/.{76}/g, (row) => `${row}\n`);
    for (const row of redactText(redaction, wrapped).trim().split("\n")) expect(row).toMatch(/^(\[redacted\])?.{0,9}$/);
    expect(redactText(redaction, JSON.stringify({ key }))).not.toContain("k3yk3y");
  });

  it("leaves texts alone that are too short to hide anything", () => {
    expect(redactText(createRedaction(["yes", "1", "", "{\n  a\n}"]), "yes 1 { a }")).toBe("yes 1 { a }");
    expect(redactText(createRedaction(["abcd"]), "xabcdx")).toBe("x[redacted]x");
  });

  it("never holds back a finished line", () => {
    const redactor = createRedactor(createRedaction(["hunter22\nsecond-line", "hunter22"]));
    const out = Buffer.concat(redactor.push(Buffer.from("hunter22 hunt\n"))).toString();
    expect(out).toBe("[redacted] hunt\n");
  });

  it("gives out an endless run of secrets with bounded memory, as one mark", () => {
    const redactor = createRedactor(createRedaction(["hunter22"]));
    const chunk = Buffer.from("hunter22".repeat(8192));
    let bytes = 0;
    for (let index = 0; index < 100; index++) for (const part of redactor.push(chunk)) bytes += part.length;
    for (const part of redactor.end()) bytes += part.length;
    expect(bytes).toBe("[redacted]".length);
  });

  it("keeps bytes that are not text as they are", () => {
    const redactor = createRedactor(createRedaction(["hunter22"]));
    const noise = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(Buffer.concat([...redactor.push(noise), ...redactor.end()])).toEqual(noise);
  });

  it("stays small for a long secret", () => {
    const patterns = redactionPatterns([Array.from({ length: 1000 }, (_, index) => `entry-${index}: ${"v".repeat(50)}`).join("\n")]);
    expect(patterns.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2_000_000);
  });
});
