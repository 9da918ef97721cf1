import { isDeepStrictEqual } from "node:util";
import { maskedChangedText, maskedText } from "./model.ts";
import { pointerOf, valueAt, withValueAt, type Path } from "./pointer.ts";

/** Two states of one value, without what is sensitive. */
export type Masked = { before: unknown; after: unknown; sensitive: string[] };

/**
 * Masks the values at sensitive places, on both sides; where a sensitive value becomes another one, the later mask says so.
 * @param input.paths where either side is sensitive; a path below another one adds nothing
 */
export function maskBoth(input: { before: unknown; after: unknown; paths: readonly Path[] }): Masked {
  let { before, after } = input;
  const sensitive = new Set<string>();
  // Shorter ones first: what lies below a masked value is gone.
  for (const path of input.paths.toSorted((a, b) => a.length - b.length)) {
    const [old, now] = [valueAt(input.before, path), valueAt(input.after, path)];
    if (isNothing(old) && isNothing(now)) continue;
    const changed = !isNothing(old) && !isNothing(now) && !isDeepStrictEqual(old, now);
    if (!isNothing(old)) before = withValueAt(before, path, maskedText);
    if (!isNothing(now)) after = withValueAt(after, path, changed ? maskedChangedText : maskedText);
    sensitive.add(pointerOf(path));
  }
  return { before, after, sensitive: [...sensitive] };
}

/** Texts shorter than this stand everywhere by chance: hiding them would hide the plan and no secret. */
const shortestSecret = 4;

/** The places whose text holds one of the secrets, whatever the depth. */
export function pathsWithSecrets(value: unknown, texts: readonly string[]): Path[] {
  const secrets = texts.filter((text) => text.length >= shortestSecret);
  return secrets.length === 0 ? [] : pathsWhere(value, (text) => secrets.some((secret) => text.includes(secret)));
}

/** The places whose text, or number, is told to be secret, whatever the depth. */
export function pathsWhere(value: unknown, isSecret: (text: string) => boolean, path: Path = []): Path[] {
  if (typeof value === "string") return isSecret(value) ? [path] : [];
  if (typeof value === "number") return isSecret(String(value)) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  // A key can't be masked without losing its value's place: the whole object goes.
  if (!Array.isArray(value) && Object.keys(value).some(isSecret)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsWhere(inner, isSecret, [...path, key]));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
