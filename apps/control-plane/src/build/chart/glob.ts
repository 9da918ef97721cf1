/** One place of a pattern: any run of characters, or one character that passes. */
type Token = "star" | ((character: string) => boolean);

/**
 * A pattern of Go's `filepath.Match`: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]` are classes, a backslash makes the next character plain.
 * Matching takes at most pattern times path steps, whatever they are.
 * @returns undefined for a broken pattern
 */
export function parseGlob(pattern: string): ((path: string) => boolean) | undefined {
  const segments: Token[][] = [];
  for (const segment of pattern.split("/")) {
    const tokens = parseSegment(Array.from(segment));
    if (!tokens) return undefined;
    segments.push(tokens);
  }
  return (path) => {
    const parts = path.split("/");
    return parts.length === segments.length && parts.every((part, index) => matches(segments[index]!, Array.from(part)));
  };
}

function parseSegment(characters: readonly string[]): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === "*") tokens.push("star");
    else if (character === "?") tokens.push(() => true);
    else if (character === "[") {
      const found = parseClass(characters, at + 1);
      if (!found) return undefined;
      tokens.push(found.passes);
      at = found.end;
    } else {
      if (character === "\\") at += 1;
      const plain = characters[at];
      if (plain === undefined) return undefined;
      tokens.push((other) => other === plain);
    }
  }
  return tokens;
}

function parseClass(characters: readonly string[], from: number): { passes: (character: string) => boolean; end: number } | undefined {
  const inverted = characters[from] === "^";
  const ranges: [string, string][] = [];
  let at = inverted ? from + 1 : from;
  const next = (): string | undefined => {
    if (characters[at] === "\\") at += 1;
    return characters[at++];
  };
  while (characters[at] !== "]" || ranges.length === 0) {
    if (at >= characters.length || characters[at] === "-") return undefined;
    const low = next();
    let high = low;
    if (characters[at] === "-") {
      at += 1;
      if (characters[at] === "]") return undefined;
      high = next();
    }
    if (low === undefined || high === undefined) return undefined;
    ranges.push([low, high]);
  }
  return { end: at, passes: (character) => ranges.some(([low, high]) => low <= character && character <= high) !== inverted };
}

/** Goes back to the last star alone: an earlier one could only take what the later one can take as well. */
function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current === "star") {
      star = token++;
      resume = at;
    } else if (current?.(characters[at]!) === true) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      at = ++resume;
    } else return false;
  }
  while (tokens[token] === "star") token += 1;
  return token === tokens.length;
}
