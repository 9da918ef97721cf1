import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parseDocument, type Document } from "./document.ts";
import { literalOffset } from "./string-offset.ts";

function documentOf(text: string): Document {
  const doc = parseDocument("x.toml", text);
  if (!("value" in doc)) throw new Error(doc.message);
  return doc;
}

describe("places in a document", () => {
  const doc = documentOf(`# header
name = "a"
list = ["x", { deep = 1 }]
a.b.c = true

[table]
key = 'v'

[[steps]]
name = "one"
[steps.env_vars]
A = "1"

[[steps]]
name = "two"
`);
  it("are found for keys and values of every form of table", () => {
    expect(doc.locate(["name"])).toEqual({ line: 2, column: 1, endLine: 2, endColumn: 5 });
    expect(doc.locate(["name"], "value")).toEqual({ line: 2, column: 8, endLine: 2, endColumn: 11 });
    expect(doc.locate(["list", 1, "deep"])).toMatchObject({ line: 3, column: 16 });
    expect(doc.locate(["a", "b", "c"], "value")).toMatchObject({ line: 4, column: 9 });
    expect(doc.locate(["a", "b"])).toMatchObject({ line: 4, column: 3 });
    expect(doc.locate(["table", "key"], "value")).toMatchObject({ line: 7, column: 7 });
    expect(doc.locate(["steps", 1])).toMatchObject({ line: 14, column: 3 });
    expect(doc.locate(["steps", 0, "env_vars", "A"])).toMatchObject({ line: 12, column: 1 });
  });
  it("fall back to what lies around a path that is not there", () => {
    expect(doc.locate(["steps", 1, "command"])).toMatchObject({ line: 14 });
    expect(doc.locate(["nothing"])).toEqual({ line: 1, column: 1, endLine: 1, endColumn: 1 });
  });
  it("are not moved by a byte order mark, and a syntax error has its own", () => {
    expect(documentOf('\uFEFFname = "a"').locate(["name"])).toMatchObject({ line: 1, column: 1 });
    expect(parseDocument("x.toml", 'a = "x"\nb = ')).toMatchObject({
      line: 2,
      column: expect.any(Number),
      message: expect.not.stringContaining("\n"),
    });
  });
});

describe("places within strings", () => {
  it("count from the line of a multi-line string and skip its first newline", () => {
    const doc = documentOf('a = """\nfirst\nsecond {{ x }}\n"""\n');
    expect(doc.locateInString(["a"], 2, 8)).toEqual({ line: 3, column: 8 });
    expect(doc.locateInString(["a"], 1, 1)).toEqual({ line: 2, column: 1 });
  });
  it("take escapes and trimmed line ends for what they stand for", () => {
    const doc = documentOf(String.raw`a = "t\t\u00e9\U0001F600 {{ x"` + '\nb = """one \\\n   two {{ x"""\n');
    expect(doc.locateInString(["a"], 1, 6)).toEqual({ line: 1, column: 25 });
    expect(doc.locateInString(["b"], 1, 9)).toEqual({ line: 3, column: 8 });
  });
  it("find, for every character of every basic string, the stretch that stands for it", () => {
    const character = fc.oneof(
      fc.constantFrom("\\n", "\\t", '\\"', "\\\\", "\\u00e9", "\\U0001F600", "\\b"),
      fc.string({ minLength: 1, maxLength: 1, unit: "grapheme-ascii" }).filter((one) => one !== '"' && one !== "\\"),
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 20 }), fc.nat(19), (characters, cut) => {
        const before = characters.slice(0, cut).join("");
        const literal = `"${characters.join("")}"`;
        const { a: value } = parse(`a = "${before}"`);
        if (typeof value !== "string") throw new Error("not a string");
        expect(literalOffset(literal, { style: "basic", multiline: false }, value.length)).toBe(1 + before.length);
      }),
    );
  });
});
