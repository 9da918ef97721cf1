// Control characters, and the marks that reorder or hide text: a plan must not be able to draw on the reader's terminal.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text for one place on a terminal line: anything that could move the cursor or hide other text is written as an escape. */
export function safeText(text: string): string {
  return text.replace(unsafe, (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}

/** Text of several lines: line breaks and tabs stay, the rest as {@link safeText}. */
export function safeLines(text: string): string {
  return text.replace(unsafe, (char) => (char === "\n" || char === "\t" ? char : char === "\r" ? "" : safeText(char)));
}

/** A JSON value as it would stand in a config. */
export function quoted(value: unknown): string {
  return safeText(JSON.stringify(value) ?? "null");
}

const escape = String.fromCharCode(0x1b);
const bell = String.fromCharCode(7);
const colour = `${escape}\\[[0-9;]*m`;
const sequence = `${escape}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)?|.)?`;
const controls = new RegExp(`(${colour})|${sequence}|\\p{Cc}`, "gsu");

/** A program's output for a terminal: line breaks, tabs and colours stay; every other control sequence is dropped. */
export function safeOutput(text: string): string {
  return text.replace(controls, (found, kept: string | undefined) => kept ?? (found === "\n" || found === "\t" ? found : ""));
}
