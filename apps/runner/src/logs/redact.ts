import { buildPatternTree, stepTree, type PatternTree } from "./pattern-tree.ts";
import { redactionPatterns } from "./patterns.ts";

/** Stands where a secret stood. */
export const redactedMark = "[redacted]";

/** Hides secrets in a stream of bytes. Each source of bytes needs its own. */
export type Redactor = {
  /** Takes bytes, gives back those that can no longer be part of a secret. The result may share memory with the input. */
  push(chunk: Buffer): Buffer[];
  /** The rest, at the end of the stream. */
  end(): Buffer[];
};

/** What all redactors of a job share. */
export type Redaction = { tree: PatternTree; longest: number; texts: readonly string[] };

/** A part of the input to hide: `marked` once its mark has been given out. */
type Cover = { from: number; to: number; marked: boolean };

const mark = Buffer.from(redactedMark);

/** Prepares the texts of a job. */
export function createRedaction(texts: readonly string[]): Redaction {
  const patterns = redactionPatterns(texts);
  return { tree: buildPatternTree(patterns), longest: patterns.reduce((most, pattern) => Math.max(most, pattern.length), 0), texts };
}

/** Hides more texts from here on, that only turned up on the way. Redactors that are at work already go on without them. */
export function hideMore(redaction: Redaction, texts: readonly string[]): void {
  const known = new Set(redaction.texts);
  const fresh = texts.filter((text) => !known.has(text));
  if (fresh.length > 0) Object.assign(redaction, createRedaction([...redaction.texts, ...new Set(fresh)]));
}

/**
 * A streaming replacer: every occurrence of every pattern is hidden whole, also across chunk borders; overlapping and touching occurrences become one
 * mark. Holds back at most as many bytes as the longest pattern has; a finished line is never held back, since no pattern spans lines.
 */
export function createRedactor({ tree, longest }: Redaction): Redactor {
  let node = 0;
  let held: Buffer = Buffer.alloc(0);
  let covers: Cover[] = [];

  return {
    push(chunk) {
      if (longest === 0) return [chunk];
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      node = scan(data, held.length, node);
      return giveOut(data, data.length - (tree.depth[node] ?? 0));
    },
    end() {
      const out = giveOut(held, held.length);
      node = 0;
      covers = [];
      return out;
    },
  };

  function scan(data: Buffer, from: number, startNode: number): number {
    const { begins, root, match } = tree;
    const last = data.length - 1;
    let current = startNode;
    let index = from;
    while (index <= last) {
      if (current === 0) {
        while (index < last && begins[((data[index] as number) << 8) | (data[index + 1] as number)] === 0) index++;
        current = root[data[index] as number] as number;
      } else current = stepTree(tree, current, data[index] as number);
      index++;
      const length = match[current] as number;
      if (length > 0) cover(index - length, index);
    }
    return current;
  }

  function cover(from: number, to: number): void {
    const merged: Cover = { from, to, marked: false };
    for (let last = covers.at(-1); last && last.to >= merged.from; last = covers.at(-1)) {
      merged.from = Math.min(merged.from, last.from);
      merged.marked ||= last.marked;
      covers.pop();
    }
    covers.push(merged);
  }

  /** Gives out everything before `safe`: no later match can begin there. */
  function giveOut(data: Buffer, safe: number): Buffer[] {
    if (covers.length === 0 && safe === data.length) {
      held = Buffer.alloc(0);
      return data.length > 0 ? [data] : [];
    }
    const out: Buffer[] = [];
    const rest: Cover[] = [];
    let at = 0;
    for (const part of covers) {
      if (part.from >= safe && !part.marked) {
        rest.push({ ...part, from: part.from - safe, to: part.to - safe });
        continue;
      }
      if (part.from > at) out.push(data.subarray(at, part.from));
      if (!part.marked) out.push(mark);
      at = Math.min(part.to, safe);
      // It may go on growing; then it is still the same mark.
      if (part.to >= safe) rest.push({ from: 0, to: part.to - safe, marked: true });
    }
    if (safe > at) out.push(data.subarray(at, safe));
    covers = rest;
    held = Buffer.from(data.subarray(safe));
    return out;
  }
}

/** Hides secrets in a text at hand. */
export function redactText(redaction: Redaction, text: string): string {
  const redactor = createRedactor(redaction);
  return Buffer.concat([...redactor.push(Buffer.from(text, "utf8")), ...redactor.end()]).toString("utf8");
}
