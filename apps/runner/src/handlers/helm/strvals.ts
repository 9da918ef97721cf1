import { JobFailure } from "../handler.ts";

type Tree = { [key: string]: unknown };

/** A place in a values tree: names, and places in lists. */
export type Path = readonly (string | number)[];

/** A list in a values tree may have at most this many entries, as in Helm (65536). */
const mostIndex = 65_536;

/**
 * Sets one dotted key of a values tree as `helm --set` does: `a.b`, `a\.b` for a dot in a name, `a[0].b` for places in lists. The value is read as Helm reads it.
 * @throws JobFailure `spec_invalid` that names the key
 */
export function setValue(tree: Tree, key: string, value: string): void {
  const path = parseKey(key);
  let here: unknown = tree;
  for (const [index, part] of path.entries()) {
    const next = path[index + 1];
    const put = (made: unknown): void => {
      if (Array.isArray(here) && typeof part === "number") {
        while (here.length < part) here.push(null);
        here[part] = made;
      } else (here as Tree)[part] = made;
    };
    if (next === undefined) return put(typedValue(value));
    const found: unknown =
      Array.isArray(here) && typeof part === "number" ? here[part] : Object.hasOwn(here as Tree, part) ? (here as Tree)[part] : undefined;
    const fits = typeof next === "number" ? Array.isArray(found) : typeof found === "object" && found !== null && !Array.isArray(found);
    if (!fits) put(typeof next === "number" ? [] : {});
    here = fits ? found : Array.isArray(here) && typeof part === "number" ? here[part] : (here as Tree)[part];
  }
}

/** The names and list places of a dotted key. @throws JobFailure `spec_invalid` */
export function parseKey(key: string): (string | number)[] {
  const refuse = (why: string): JobFailure => new JobFailure("spec_invalid", `The values key ${JSON.stringify(key)} can't be read: ${why}`);
  const path: (string | number)[] = [];
  let name = "";
  let named = false;
  for (let at = 0; at < key.length; at++) {
    const char = key.charAt(at);
    if (char === "\\" && at + 1 < key.length) {
      name += key.charAt(++at);
      named = true;
    } else if (char === ".") {
      if (named) path.push(name);
      else if (typeof path.at(-1) !== "number") throw refuse("a name is empty");
      name = "";
      named = false;
    } else if (char === "[") {
      const end = key.indexOf("]", at);
      const index = end < 0 ? Number.NaN : Number(key.slice(at + 1, end));
      if (!/^\d+$/.test(key.slice(at + 1, Math.max(at + 1, end))) || index > mostIndex)
        throw refuse(`a place in a list is a number up to ${mostIndex} in brackets`);
      if (named) path.push(name);
      if (path.length === 0) throw refuse("it begins with a place in a list");
      name = "";
      named = false;
      path.push(index);
      at = end;
    } else {
      name += char;
      named = true;
    }
  }
  if (named) path.push(name);
  if (path.length === 0 || (!named && typeof path.at(-1) !== "number")) throw refuse("a name is empty");
  if (path.includes("__proto__")) throw refuse("__proto__ is no name");
  return path;
}

/** The dotted key of a place. */
export function keyOf(path: Path): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${part.replaceAll(/[\\.,=[]/g, "\\$&")}`))
    .join("");
}

/**
 * A value as `--set` types it: `true`, `false` and `null` in any case, whole numbers without a leading zero (as big integers); `{a,b}` is a list; everything
 * else is text. A comma in a text stays, with a backslash before it or without.
 */
export function typedValue(text: string): unknown {
  if (text.startsWith("{") && text.endsWith("}")) {
    return splitUnescaped(text.slice(1, -1)).map(typedScalar);
  }
  return typedScalar(unescape(text));
}

const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const int64 = 2n ** 63n;

function typedScalar(text: string): unknown {
  const word = text.toLowerCase();
  if (Object.hasOwn(words, word)) return words[word];
  if (text !== "0" && !/^[-+]?\d+$/.test(text)) return text;
  if (text !== "0" && text.startsWith("0")) return text;
  const number = BigInt(text.replace(/^\+/, ""));
  return number >= -int64 && number < int64 ? number : text;
}

function splitUnescaped(text: string): string[] {
  const parts = [""];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\" && at + 1 < text.length) parts.push((parts.pop() ?? "") + text.charAt(++at));
    else if (char === ",") parts.push("");
    else parts.push((parts.pop() ?? "") + char);
  }
  return parts;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, "$1");
}
