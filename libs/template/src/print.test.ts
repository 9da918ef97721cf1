import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TemplateError } from "./errors.ts";
import { print } from "./print.ts";
import { references } from "./references.ts";
import { compile, render } from "./template.ts";
import { parse } from "./syntax/parse.ts";
import { parseNumber } from "./syntax/parse-number.ts";
import type { Node, Operand, Pipe, Tree } from "./syntax/ast.ts";

/** The tree without positions. */
function bare(tree: Tree): unknown {
  return JSON.parse(
    JSON.stringify({ body: tree.body, definitions: [...tree.definitions] }, (key, value: unknown) =>
      key === "pos" ? undefined : typeof value === "bigint" ? `${value}n` : value,
    ),
  );
}

const pos = 0;
const name = fc.constantFrom("a", "b1", "_x", "é", "nuon", "Components");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map(([first = "a", ...rest]): [string, ...string[]] => [first, ...rest]);
const content = fc.string({
  unit: fc.constantFrom("a", " ", "\n", '"', "\\", "`", "{", "}", "-", "é", "😀", "\t", "\u2028", "*", "/"),
  maxLength: 6,
});
const numberText = fc.constantFrom(
  "0",
  "1",
  "-3",
  "+7",
  "1_000",
  "0x1F",
  "017",
  "0b11",
  "1.5",
  ".5",
  "-1e9",
  "0x1p-2",
  "2i",
  "1+2i",
  "9223372036854775807",
  "'a'",
  "'\\n'",
  "'é'",
);

function valueOf(text: string): Operand {
  if (text.startsWith("'")) return { kind: "number", pos, text, value: { "'a'": 97, "'\\n'": 10, "'é'": 233 }[text] ?? 0 };
  const parsed = parseNumber(text);
  if ("error" in parsed) throw new Error(parsed.error);
  return { kind: "number", pos, text, value: parsed.value };
}

/** Random trees of what the parser can give. Only `$` and `$v`, which each tree declares first, are used as variables. */
const tree = fc.letrec<{ operand: Operand; pipe: Pipe; node: Node; nodes: Node[] }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3, depthIdentifier: "operand" },
    fc.constant<Operand>({ kind: "dot", pos }),
    fc.constant<Operand>({ kind: "nil", pos }),
    fc.boolean().map((value): Operand => ({ kind: "bool", pos, value })),
    numberText.map(valueOf),
    fc.tuple(content, fc.boolean()).map(([value, raw]): Operand => ({ kind: "string", pos, value, raw: raw && !/[`\r]/.test(value) })),
    path.map((names): Operand => ({ kind: "field", pos, path: names })),
    fc
      .tuple(fc.constantFrom("$", "$v"), fc.array(name, { maxLength: 2 }))
      .map(([variable, names]): Operand => ({ kind: "variable", pos, name: variable, path: names })),
    fc.constantFrom("print", "len", "eq").map((fn): Operand => ({ kind: "function", pos, name: fn })),
    tie("pipe"),
    fc.tuple(tie("pipe"), path).map(([base, names]): Operand => ({ kind: "chain", pos, base, path: names })),
  ),
  pipe: fc
    .tuple(
      fc.array(tie("operand"), { minLength: 1, maxLength: 3 }),
      fc.array(fc.array(tie("operand"), { maxLength: 2 }), { maxLength: 2 }),
      fc.boolean(),
    )
    .map(([[first = { kind: "dot", pos } as Operand, ...rest], stages, assigns]): Pipe => ({
      kind: "pipe",
      pos,
      declares: assigns ? ["$v"] : [],
      assigns,
      commands: [
        { kind: "command", pos, args: [first, ...rest] },
        ...stages.map((args) => ({
          kind: "command" as const,
          pos,
          args: [{ kind: "function", pos, name: "print" }, ...args] as [Operand, ...Operand[]],
        })),
      ],
    })),
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: "node" },
    content.filter((text) => text !== "").map((text): Node => ({ kind: "text", pos, text })),
    tie("pipe").map((pipe): Node => ({ kind: "action", pos, pipe })),
    fc
      .tuple(content, fc.option(tie("pipe")))
      .map(([called, pipe]): Node => ({ kind: "template", pos, name: called, pipe: pipe?.declares.length ? null : pipe })),
    fc
      .tuple(fc.constantFrom("if" as const, "with" as const, "range" as const), tie("pipe"), tie("nodes"), fc.option(tie("nodes")))
      .map(([kind, pipe, body, otherwise]): Node => ({ kind, pos, pipe, body, otherwise })),
    fc
      .tuple(tie("pipe"), tie("nodes"), fc.constantFrom("break" as const, "continue" as const))
      .map(([pipe, body, kind]): Node => ({ kind: "range", pos, pipe, body: [...body, { kind, pos }], otherwise: null })),
  ),
  nodes: fc.array(tie("node"), { maxLength: 4 }).map(joinTexts),
}));

/** Two texts in a row are one for the parser. */
function joinTexts(nodes: readonly Node[]): Node[] {
  const joined: Node[] = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (node.kind === "text" && last?.kind === "text") joined[joined.length - 1] = { ...last, text: last.text + node.text };
    else joined.push(node);
  }
  return joined;
}

const declaration: Node = {
  kind: "action",
  pos,
  pipe: { kind: "pipe", pos, declares: ["$v"], assigns: false, commands: [{ kind: "command", pos, args: [{ kind: "dot", pos }] }] },
};

describe("printing a tree", () => {
  it("gives a text that parses to the same tree", { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(tree.nodes, tree.nodes, (body, defined) => {
        const given: Tree = { body: [declaration, ...body], definitions: new Map([["a name", [declaration, ...defined]]]) };
        expect(bare(parse(print(given)))).toEqual(bare(given));
      }),
      { numRuns: 400 },
    );
  });
  it("of any tree can be rendered or fails with the library's own error", { timeout: 30_000 }, () => {
    const data = { a: 1, b1: "x", nuon: { a: [1, "b", null], é: { a: 2.5 } }, Components: { a: true } };
    fc.assert(
      fc.property(tree.nodes, (body) => {
        try {
          const template = compile(print({ body: [declaration, ...body], definitions: new Map() }));
          expect(references(template).every(({ path: names }) => names.length > 0)).toBe(true);
          expect(typeof render(template, data, { limits: { output: 10_000, steps: 10_000, depth: 50 } })).toBe("string");
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
          expect(error).not.toMatchObject({ code: "internal" });
        }
      }),
      { numRuns: 400 },
    );
  });
  it.each([
    "{{ if .a }}x{{ else if .b }}y{{ else }}z{{ end }}",
    "{{ with .a }}x{{ else with .b }}y{{ end }}",
    "{{ range $i, $x := .l }}{{ $i }}{{ break }}{{ else }}none{{ end }}",
    '{{ block "b" . }}{{ .x }}{{ end }}{{ define "t" }}{ {{- .x }}{{ end }}',
    "a {{- /* c */ -}} b{{ (index .a 1).b.c | printf `%d` 'x' }}",
    "{ {{- /* c */ -}} { x",
  ])("keeps what %s means", (text) => {
    const once = parse(text);
    expect(bare(parse(print(once)))).toEqual(bare(once));
  });
});
