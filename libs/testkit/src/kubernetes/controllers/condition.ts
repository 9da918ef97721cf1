import { timestamp } from "../object.ts";
import { treesAt, type Tree } from "../tree.ts";

type Wanted = { type: string; status: "True" | "False" | "Unknown"; reason?: string; message?: string };

/** Conditions of a status with some of them set; one whose status stays keeps its time. */
export function withConditions(status: unknown, now: Date, ...wanted: Wanted[]): Tree[] {
  const before = treesAt(status, "conditions");
  const names = new Set(wanted.map(({ type }) => type));
  const set = wanted.map((condition) => {
    const old = before.find((known) => known["type"] === condition.type);
    const lastTransitionTime = old?.["status"] === condition.status ? old["lastTransitionTime"] : timestamp(now);
    return { ...condition, lastTransitionTime };
  });
  return [...before.filter((known) => !names.has(String(known["type"]))), ...set];
}
