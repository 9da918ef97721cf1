/**
 * The offset in a TOML string literal (its quotes included) of a UTF-16 offset of the value it stands for: escapes are longer than what they mean,
 * and a newline right after the opening of a multi-line string means nothing. An offset beyond the value gives the end.
 */
export function literalOffset(literal: string, form: { style: "basic" | "literal"; multiline: boolean }, valueOffset: number): number {
  const quotes = form.multiline ? 3 : 1;
  const end = literal.length - quotes;
  let at = quotes;
  if (form.multiline) at += literal.startsWith("\r\n", at) ? 2 : literal.startsWith("\n", at) ? 1 : 0;
  if (form.style === "literal" && !literal.includes("\r")) return Math.min(at + valueOffset, end);
  let produced = 0;
  while (at < end && produced < valueOffset) {
    const unit = readUnit(literal, at, form);
    at += unit.length;
    produced += unit.produces;
  }
  // A trimmed line end produces nothing: skip it to stand at the character meant.
  while (at < end) {
    const unit = readUnit(literal, at, form);
    if (unit.produces > 0) break;
    at += unit.length;
  }
  return Math.min(at, end);
}

const wide: Record<string, number> = { x: 4, u: 6, U: 10 };

function readUnit(
  literal: string,
  at: number,
  form: { style: "basic" | "literal"; multiline: boolean },
): { length: number; produces: number } {
  const character = literal[at];
  // A line end of a multi-line string is one newline in the value.
  if (character === "\r" && literal[at + 1] === "\n") return { length: 2, produces: 1 };
  if (character !== "\\" || form.style === "literal") return { length: 1, produces: 1 };
  const escape = literal[at + 1] ?? "";
  const length = wide[escape];
  if (length !== undefined) {
    const code = Number.parseInt(literal.slice(at + 2, at + length), 16);
    return { length, produces: code > 0xff_ff ? 2 : 1 };
  }
  if (form.multiline && /\s/.test(escape)) {
    const blank = /^\\\s*/.exec(literal.slice(at))?.[0] ?? "\\";
    return { length: blank.length, produces: 0 };
  }
  return { length: 2, produces: 1 };
}
