/**
 * A value of the same shape with other content: every letter and digit of its texts and numbers is another one, the keys stay. What a template makes of it and not
 * of the value itself was made of that content. Texts that hold JSON keep their structure, so that a template can still read them. Pure.
 */
export function standIn(value: unknown): unknown {
  if (typeof value === "string") return textFor(value);
  if (typeof value === "number") return numberFor(value);
  if (Array.isArray(value)) return value.map(standIn);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, standIn(inner)]));
}

function textFor(text: string): string {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.stringify(standIn(JSON.parse(text)));
    } catch {
      // It only looks like JSON.
    }
  }
  const other = text.replace(/\p{L}/gu, turned).replace(/\d/g, (digit) => "1987644321".charAt(Number(digit)));
  return other === text ? `${text}x` : other;
}

/** Thirteen letters on, in its own case; of other alphabets the neighbour. */
function turned(letter: string): string {
  if (letter > "z" || letter.length > 1) return String.fromCodePoint((letter.codePointAt(0) ?? 0) ^ 1);
  const first = letter <= "Z" ? 65 : 97;
  return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
}

function numberFor(value: number): number {
  const other = Number(textFor(String(value)));
  if (Number.isFinite(other) && other !== value) return other;
  return value === 0 ? 1 : -value;
}
