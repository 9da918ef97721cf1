import { quoted } from "../output/safe-text.ts";

/** What happens to a line: added, removed, changed, or shown for orientation. */
export type Mark = "+" | "-" | "~" | " ";
export type DiffLine = { mark: Mark; depth: number; text: string };

/** A value before and after, with Terraform's own shadows of it: `true` (or a tree of `true`) where it is unknown or sensitive. */
export type ValueChange = {
  before: unknown;
  after: unknown;
  unknown: unknown;
  sensitiveBefore: unknown;
  sensitiveAfter: unknown;
  /** Paths below this value whose change forces a replacement. */
  forces: readonly (readonly unknown[])[];
};

const absent = Symbol("absent");
const maxDepth = 40;

/** The lines of one named value. Empty where nothing changes. */
export function diffValue(name: string, change: ValueChange, depth = 0): DiffLine[] {
  const label = name === "" ? "" : `${name} = `;
  const note = change.forces.some((path) => path.length === 0) ? "  # forces replacement" : "";
  const line = (mark: Mark, text: string): DiffLine => ({ mark, depth, text: `${label}${text}${note}` });
  const before = isNothing(change.before) ? absent : change.before;
  const isUnknown = change.unknown === true;
  const after = !isUnknown && isNothing(change.after) ? absent : change.after;

  if (before === absent && after === absent) return [];
  if (change.sensitiveBefore === true || change.sensitiveAfter === true) return sensitive(before, after, isUnknown, line);
  if (isUnknown) return [before === absent ? line("+", knownLater) : line("~", `${quoted(before)} → ${knownLater}`)];
  if (isTree(before) || isTree(after)) {
    const sameShape = before === absent || after === absent || Array.isArray(before) === Array.isArray(after);
    if (sameShape && depth < maxDepth) return diffTree(label, note, change, before, after, depth);
  }
  if (before === absent) return [line("+", quoted(after))];
  if (after === absent) return [line("-", quoted(before))];
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (typeof before === "string" && typeof after === "string" && (before.includes("\n") || after.includes("\n")))
    return diffText(label, note, before, after, depth);
  return [line("~", `${quoted(before)} → ${quoted(after)}`)];
}

const knownLater = "(known after apply)";
const hidden = "(sensitive value)";

function sensitive(before: unknown, after: unknown, isUnknown: boolean, line: (mark: Mark, text: string) => DiffLine): DiffLine[] {
  if (isUnknown) return [line(before === absent ? "+" : "~", `${hidden} ${knownLater}`)];
  if (before === absent) return [line("+", hidden)];
  if (after === absent) return [line("-", hidden)];
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [line("~", `${hidden} changes`)];
}

function diffTree(label: string, note: string, change: ValueChange, before: unknown, after: unknown, depth: number): DiffLine[] {
  const mark: Mark = before === absent ? "+" : after === absent ? "-" : "~";
  const [open, close] = Array.isArray(isTree(after) ? after : before) ? ["[", "]"] : ["{", "}"];
  const keys = [...new Set([...keysOf(before), ...keysOf(after), ...keysOf(change.unknown)])];
  const perKey = keys.map((key) => diffValue(open === "[" ? "" : propertyName(key), child(change, key, before, after), depth + 1));
  const inner = perKey.flat();
  if (inner.length === 0) {
    if (mark === "~") return [];
    return [{ mark, depth, text: `${label}${open}${close}${note}` }];
  }
  const same = perKey.filter((lines) => lines.length === 0).length;
  const rest: DiffLine[] = mark === "~" && same > 0 && open === "{" ? [{ mark: " ", depth: depth + 1, text: `# ${same} unchanged` }] : [];
  return [{ mark, depth, text: `${label}${open}${note}` }, ...inner, ...rest, { mark: " ", depth, text: close! }];
}

/** A text of several lines: what both begin and end with is left out but for one line. */
function diffText(label: string, note: string, before: string, after: string, depth: number): DiffLine[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const lines = (mark: Mark, part: string[]): DiffLine[] => part.map((text) => ({ mark, depth: depth + 1, text: quoted(text) }));
  const skipped = (count: number): DiffLine[] => (count > 0 ? [{ mark: " ", depth: depth + 1, text: `# ${count} unchanged lines` }] : []);
  return [
    { mark: "~", depth, text: `${label}(text)${note}` },
    ...skipped(start),
    ...lines("-", a.slice(start, a.length - end)),
    ...lines("+", b.slice(start, b.length - end)),
    ...skipped(end),
  ];
}

function child(change: ValueChange, key: string, before: unknown, after: unknown): ValueChange {
  return {
    before: memberOf(before, key),
    after: memberOf(after, key),
    unknown: shadowOf(change.unknown, key),
    sensitiveBefore: shadowOf(change.sensitiveBefore, key),
    sensitiveAfter: shadowOf(change.sensitiveAfter, key),
    forces: change.forces.flatMap((path) => (path.length > 0 && String(path[0]) === key ? [path.slice(1)] : [])),
  };
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

function isTree(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === "object" && value !== null;
}

function keysOf(value: unknown): string[] {
  return isTree(value) ? Object.keys(value) : [];
}

function memberOf(value: unknown, key: string): unknown {
  return isTree(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/** A shadow that is `true` covers everything below it. */
function shadowOf(shadow: unknown, key: string): unknown {
  return shadow === true ? true : memberOf(shadow, key);
}

function propertyName(key: string): string {
  return /^[\w-]+$/.test(key) ? key : quoted(key);
}
