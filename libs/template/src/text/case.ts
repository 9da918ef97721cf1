const space = /^\p{White_Space}$/u;

/** Whether Go's `unicode.IsSpace` holds for a character. */
export function isSpace(char: string): boolean {
  return char === " " || (char !== "" && space.test(char));
}

/** Maps each character by itself, as Go does; one that would become several stays. */
function mapChars(text: string, change: (char: string) => string): string {
  let out = "";
  for (const char of text) {
    const changed = change(char);
    out += changed.length === char.length ? changed : char;
  }
  return out;
}

export function upper(text: string): string {
  return mapChars(text, (char) => char.toUpperCase());
}

export function lower(text: string): string {
  return mapChars(text, (char) => char.toLowerCase());
}

/** Go's `strings.Title`: the first letter of each word in upper case; apostrophes and hyphens begin words too. */
export function title(text: string): string {
  let inWord = false;
  return mapChars(text, (char) => {
    const changed = inWord ? char : char.toUpperCase();
    inWord = /[\p{L}\p{Nd}_]/u.test(char) || (char > "\x7f" && !isSpace(char));
    return changed;
  });
}

/** The first letter of each word in lower case; words stand between white space. */
export function untitle(text: string): string {
  let inWord = false;
  return mapChars(text, (char) => {
    const changed = inWord ? char : char.toLowerCase();
    inWord = !isSpace(char);
    return changed;
  });
}

export function swapCase(text: string): string {
  return mapChars(text, (char) => (/[\p{Lu}\p{Lt}]/u.test(char) ? char.toLowerCase() : char.toUpperCase()));
}

/** The first character of each word. */
export function initials(text: string): string {
  let out = "";
  let inWord = false;
  for (const char of text) {
    const blank = isSpace(char);
    if (!blank && !inWord) out += char;
    inWord = !blank;
  }
  return out;
}

const connector = /[-_\p{White_Space}]/u;

/** `some_words` and `some words` become `SomeWords`. Connectors at the start, and all but one in the middle, stay. */
export function camelCase(text: string): string {
  const chars = Array.from(text);
  let start = 0;
  while (start < chars.length && connector.test(chars[start] ?? "")) start++;
  let out = chars.slice(0, start).join("");
  for (let i = start; i < chars.length; i++) {
    const char = chars[i] ?? "";
    const before = chars[i - 1];
    if (connector.test(char)) {
      const next = chars[i + 1];
      if (next === undefined || connector.test(next)) out += char;
    } else if (i === start || (before !== undefined && connector.test(before))) out += upper(char);
    else out += lower(char);
  }
  return out;
}

type WordKind = "connector" | "punctuation" | "upper" | "letters" | "number" | "other";

// In the order in which they are tried. A capital that begins a word with lower-case letters does not belong to the capitals before it.
const wordPatterns: readonly (readonly [WordKind, RegExp])[] = [
  ["connector", /[-_\p{White_Space}]+/uy],
  ["punctuation", /\p{P}+/uy],
  ["upper", /\p{Lu}{2,}(?!\p{Ll}|\p{Lt}|\p{Lm}|\p{Lo})|\p{Lu}+(?=\p{Lu}[\p{Ll}\p{Lt}\p{Lm}\p{Lo}])|\p{Lu}[\p{Ll}\p{Lt}\p{Lm}\p{Lo}]*/uy],
  ["letters", /[\p{Ll}\p{Lt}\p{Lm}\p{Lo}]+/uy],
  ["number", /\p{N}+/uy],
  ["other", /[^-_\p{White_Space}\p{P}\p{L}\p{N}]+/uy],
];

function wordsOf(text: string): { kind: WordKind; text: string }[] {
  const words: { kind: WordKind; text: string }[] = [];
  for (let at = 0; at < text.length;) {
    const word = wordAt(text, at);
    words.push(word);
    at += word.text.length;
  }
  return words;
}

function wordAt(text: string, at: number): { kind: WordKind; text: string } {
  for (const [kind, pattern] of wordPatterns) {
    const found = matchAt(pattern, text, at);
    if (found !== "") return { kind, text: found };
  }
  return { kind: "other", text: text.charAt(at) };
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/**
 * `FirstName` and `first name` become `first_name` (or with another joint). A number belongs to the word before it (`Bld4Floor` is `bld4_floor`) unless
 * lower-case letters follow it (`http2xx` is `http_2xx`).
 */
export function joinWords(text: string, joint: string): string {
  const words = wordsOf(text);
  let out = "";
  let at = 0;
  const kindAt = (index: number): WordKind | undefined => words[index]?.kind;
  const emit = (): void => {
    const word = words[at++];
    if (word)
      out += word.kind === "connector" ? joint.repeat(Array.from(word.text).length) : word.kind === "upper" ? lower(word.text) : word.text;
  };
  const emitTail = (): void => {
    while (kindAt(at) === "letters" || kindAt(at) === "number") emit();
  };
  const part = (): void => {
    const next = kindAt(at);
    if (next !== undefined && next !== "connector" && next !== "punctuation") out += joint;
  };
  while (at < words.length) {
    const kind = kindAt(at);
    emit();
    if (kind === "connector" || kind === "punctuation") continue;
    if (kind === "number") emitTail();
    else if (kindAt(at) === "number") {
      if (kindAt(at + 1) === "letters") {
        out += joint;
        emit();
        emitTail();
      } else emit();
    }
    part();
  }
  return out;
}
