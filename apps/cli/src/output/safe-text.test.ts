import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeLines, safeOutput, safeText } from "./safe-text.ts";

describe("text for a terminal", () => {
  it("cannot move the cursor, clear the screen, set a title or reorder what is read", () => {
    expect(safeText("a\u001B[2Jb\u202Ec\n")).toBe("a\\u001b[2Jb\\u202ec\\u000a");
    expect(safeLines("a\r\nb\tc\u0007")).toBe("a\nb\tc\\u0007");
    expect(safeOutput("\u001B[31mred\u001B[0m \u001B[2J\u001B]0;title\u0007\u001B[1;1Hx\ry\n")).toBe("\u001B[31mred\u001B[0m xy\n");
  });
  it("is clean whatever came in", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("\u001B", "[", "]", "m", "J", "3", ";", "\u0007", "\r", "\n", "\u009B", "a") }),
        (text) => {
          expect(safeText(text)).not.toMatch(/\p{Cc}/u);
          expect(stripVTControlCharacters(safeOutput(text)).replaceAll(/[\n\t]/g, "")).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});
