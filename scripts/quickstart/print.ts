import { styleText } from "node:util";

const plain = !process.stdout.isTTY || process.env.NO_COLOR !== undefined;

/** Colours on a terminal, none elsewhere. */
export function style(format: Parameters<typeof styleText>[0], text: string): string {
  return plain ? text : styleText(format, text);
}

/** One line of progress, with the time since `startedAt` (ms since the epoch). */
export function done(what: string, startedAt: number): void {
  process.stdout.write(`${style("green", "✓")} ${what} ${style("dim", `${((Date.now() - startedAt) / 1000).toFixed(1)} s`)}\n`);
}

/** A heading. */
export function heading(text: string): void {
  process.stdout.write(`\n${style("bold", text)}\n`);
}

/** Plain text. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
