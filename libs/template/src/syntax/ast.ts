import type { Value } from "../value.ts";

/** Every node carries `pos`, its offset in the text. Comments are dropped; `else if` is an `if` within the else list; `block` is a definition and a call. */
export type Node = Text | Action | Branch | TemplateCall | Jump;

export type Text = { kind: "text"; pos: number; text: string };
export type Action = { kind: "action"; pos: number; pipe: Pipe };
export type Branch = { kind: "if" | "with" | "range"; pos: number; pipe: Pipe; body: Node[]; otherwise: Node[] | null };
export type TemplateCall = { kind: "template"; pos: number; name: string; pipe: Pipe | null };
export type Jump = { kind: "break" | "continue"; pos: number };

/** `$a, $b := command | command`. `declares` holds the variables with their `$`; `assigns` is true for `=`. */
export type Pipe = { kind: "pipe"; pos: number; declares: string[]; assigns: boolean; commands: Command[] };

/** A function or value with its arguments; never empty. */
export type Command = { kind: "command"; pos: number; args: [Operand, ...Operand[]] };

export type Operand =
  | { kind: "dot"; pos: number }
  | { kind: "nil"; pos: number }
  | { kind: "bool"; pos: number; value: boolean }
  | NumberLiteral
  | StringLiteral
  | { kind: "field"; pos: number; path: [string, ...string[]] }
  | { kind: "variable"; pos: number; name: string; path: string[] }
  | { kind: "function"; pos: number; name: string }
  | { kind: "chain"; pos: number; base: Operand; path: [string, ...string[]] }
  | Pipe;

/** `text` is as written; `value` an int, float or complex number. */
export type NumberLiteral = { kind: "number"; pos: number; text: string; value: Value };

/** `raw` where it was written between backquotes. */
export type StringLiteral = { kind: "string"; pos: number; value: string; raw: boolean };

/** A parsed text: what it prints, and the templates it defines by name. */
export type Tree = { body: Node[]; definitions: Map<string, Node[]> };
