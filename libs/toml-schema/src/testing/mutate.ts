import fc from "fast-check";

const tomlPieces = [
  '"',
  "'",
  '"""',
  "'''",
  "=",
  "[",
  "]",
  "[[",
  "]]",
  "{",
  "}",
  "#",
  ",",
  ".",
  "\n",
  "\r\n",
  "\t",
  "\\",
  "\\u00e9",
  "-",
  "0",
  "1e9",
  "true",
  "nan",
  "1979-05-27",
];
const templatePieces = [
  "{{",
  "}}",
  "{{ .nuon",
  ".inputs.inputs.",
  "{{ range .nuon.components }}",
  "{{ end }}",
  "{{ with $x := .nuon }}",
  "| default",
  "((((",
  "{{/*",
  "{{ index .nuon ",
];
const pathPieces = ["./", "../", "./../../..", "file://", "git::", "http://127.0.0.1:1/x"];
const invisiblePieces = ["\u0000", "\uFEFF", "\u{1F600}", "\uD800", "x".repeat(2000)];

/** A piece of text put in somewhere, in the place of some characters. */
export type Mutation = { at: number; remove: number; piece: string };

/** Mutations with pieces of TOML, of templates, of addresses, and what is hard to see. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(4000),
  remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(40) }),
  piece: fc.oneof(fc.constantFrom(...tomlPieces, ...templatePieces, ...pathPieces, ...invisiblePieces), fc.string({ maxLength: 8 })),
});

/** A text after some mutations. */
export function mutate(text: string, mutations: readonly Mutation[]): string {
  let out = text;
  for (const { at, remove, piece } of mutations) {
    const place = at % (out.length + 1);
    out = out.slice(0, place) + piece + out.slice(place + remove);
  }
  return out;
}
