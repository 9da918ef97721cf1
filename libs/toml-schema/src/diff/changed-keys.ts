import { canonicalJson } from "@berth/kit/digest";
import { keyBelow } from "./key-name.ts";

/** A key that differs, as people write it in the TOML file (`vars.region`, `steps[0].command`). */
export type KeyChange = { key: string; change: "added" | "changed" | "removed"; before?: string; after?: string };

/** Derived from the rest or from where the file lies: a difference there says nothing of its own. */
const ignored = new Set(["file", "references"]);
const longest = 60;

/** Leaf by leaf, which keys of a settings object differ. Values are shown short; a long text (an included file) only as changed. */
export function changedKeys(before: unknown, after: unknown): KeyChange[] {
  const changes: KeyChange[] = [];
  compare("", before, after, changes);
  return changes;
}

function compare(key: string, before: unknown, after: unknown, changes: KeyChange[]): void {
  if (before === after) return;
  if (isTable(before) && isTable(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    for (const name of names) {
      if (!(key === "" && ignored.has(name))) compare(keyBelow(key, name), before[name], after[name], changes);
    }
    return;
  }
  if (isTableList(before) && isTableList(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++)
      compare(`${key}[${index}]`, before[index], after[index], changes);
    return;
  }
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return;
  const [old, now] = [short(before), short(after)];
  if (isAbsent(before)) changes.push({ key, change: "added", ...(now !== undefined && { after: now }) });
  else if (isAbsent(after)) changes.push({ key, change: "removed", ...(old !== undefined && { before: old }) });
  else changes.push({ key, change: "changed", ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) });
}

function short(value: unknown): string | undefined {
  const text = typeof value === "string" ? value : canonicalJson(value);
  return text.length <= longest && !/\n|\\n/.test(text) ? text : undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTableList(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

function isAbsent(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.length === 0) ||
    (isTable(value) && Object.keys(value).length === 0)
  );
}
