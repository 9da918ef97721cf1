import type { ConfigDiff } from "../config-diff.ts";
import type { KeyChange } from "./changed-keys.ts";

const named = [
  ["components", "component"],
  ["inputs", "input"],
  ["actions", "action"],
  ["secrets", "secret"],
  ["policies", "policy"],
  ["roles", "role"],
  ["runbooks", "runbook"],
  ["installs", "install"],
  ["branches", "branch"],
  ["triggers", "trigger"],
  ["kubernetesContexts", "kubernetes context"],
] as const;

const single = [
  ["sandbox", "the sandbox"],
  ["runner", "the runner"],
  ["stack", "the stack"],
  ["metadata", "metadata"],
  ["other", "the app"],
] as const;

/** One sentence per difference. For a first version only what there is, without single keys. */
export function inWords(diff: Omit<ConfigDiff, "words" | "empty">, first: boolean): string[] {
  const lines: string[] = [];
  for (const [key, word] of named) {
    const part = diff[key];
    lines.push(...part.added.map((name) => `${word} "${name}" added`));
    lines.push(...part.changed.map((item) => `${word} "${item.name}" changed: ${keysInWords(item.keys)}`));
    lines.push(...part.removed.map((name) => `${word} "${name}" removed`));
  }
  if (first) return lines;
  for (const [key, word] of single) {
    const changes = diff[key];
    if (changes.length > 0) lines.push(`${word} changed: ${keysInWords(changes)}`);
  }
  return lines;
}

function keysInWords(keys: readonly KeyChange[]): string {
  return keys.map(keyInWords).join(", ");
}

function keyInWords({ key, change, before, after }: KeyChange): string {
  if (change === "added") return after === undefined ? `${key} added` : `${key} added (${JSON.stringify(after)})`;
  if (change === "removed") return `${key} removed`;
  return before === undefined || after === undefined ? `${key} changed` : `${key} ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
}
