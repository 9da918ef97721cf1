import { distance } from "fastest-levenshtein";

/** Of two letters, one may stand for anything. */
const shortest = 3;

/** Nobody slips in a word longer than this; comparing takes time. */
const longest = 100;

/** The one of some known words that a wrong one most likely stands for, if any is near enough. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > longest || word.length < shortest) return undefined;
  const wrong = plain(word);
  let best: { word: string; score: number } | undefined;
  for (const candidate of known) {
    if (candidate === word || candidate.length > longest) continue;
    const right = plain(candidate);
    const score = wrong === right ? 0 : swapped(wrong, right) ? 1 : contains(wrong, right) ? 1.5 : distance(wrong, right);
    const near = score <= Math.max(1.5, Math.min(wrong.length, right.length) / 3);
    if (near && (!best || score < best.score)) best = { word: candidate, score };
  }
  return best?.word;
}

/** `did you mean "x"?` for the nearest known word. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const found = suggest(word, known);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_ .]/g, "");
}

/** Two neighbouring letters changed places: `tpye`. */
function swapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/** One is a good part of the other, at an end of it: `schedule` and `cron_schedule`. */
function contains(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 4 && short.length * 2 >= long.length && (long.startsWith(short) || long.endsWith(short));
}
