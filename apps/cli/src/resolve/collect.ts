import { InvalidInput } from "../invalid-input.ts";

/** At most `limit` items of a list that comes page by page. */
export async function collect<T>(items: AsyncIterable<T>, limit: number): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) {
    out.push(item);
    if (out.length >= limit) break;
  }
  return out;
}

/** The number of a `--limit`. */
export function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new InvalidInput(`--limit takes a number from 1, not "${text}"`);
  return limit;
}
