export const keywords = ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"] as const;

export type Keyword = (typeof keywords)[number];

/**
 * `open` and `close` are the delimiters. `spaced` says that white space stands before the token: operands must be, chained fields must not be.
 * The text of a `field` is its name without the dot; that of a `string` or `char` still has its quotes.
 */
export type Token = {
  kind:
    | "text"
    | "open"
    | "close"
    | "char"
    | "string"
    | "raw"
    | "number"
    | "field"
    | "variable"
    | "identifier"
    | "keyword"
    | "dot"
    | "pipe"
    | "lparen"
    | "rparen"
    | "comma"
    | "assign"
    | "declare"
    | "end-of-text";
  text: string;
  pos: number;
  spaced: boolean;
};

/** How a token is named in messages. */
export function show(token: Token): string {
  if (token.kind === "end-of-text") return "the end of the text";
  if (token.kind === "close") return "}}";
  if (token.kind === "keyword") return `keyword ${token.text}`;
  const text = token.kind === "field" ? `.${token.text}` : token.text;
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
