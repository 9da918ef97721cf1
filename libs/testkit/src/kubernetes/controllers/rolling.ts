/** How many pods the new and the old sets of a rolling deployment are to have next. */
export function nextScale(input: {
  wanted: number;
  maxSurge: unknown;
  maxUnavailable: unknown;
  current: { replicas: number; ready: number };
  old: readonly { replicas: number; ready: number }[];
}): { current: number; old: number[] } {
  const surge = amount(input.maxSurge, input.wanted, Math.ceil);
  // Both at zero would move nothing.
  const unavailable = Math.max(amount(input.maxUnavailable, input.wanted, Math.floor), surge === 0 ? 1 : 0);
  const oldTotal = sum(input.old, "replicas");
  const room = Math.max(input.current.replicas, input.wanted + surge - oldTotal);
  const current = Math.min(input.wanted, room);
  const ready = input.current.ready + sum(input.old, "ready");
  // What is not ready of the old ones is missed by nobody.
  let spare = Math.max(0, ready - (input.wanted - unavailable));
  const old = input.old.map((set) => {
    const idle = Math.max(0, set.replicas - set.ready);
    const gone = Math.min(set.ready, spare);
    spare -= gone;
    return set.replicas - idle - gone;
  });
  return { current, old };
}

function sum(sets: readonly { replicas: number; ready: number }[], field: "replicas" | "ready"): number {
  return sets.reduce((total, set) => total + set[field], 0);
}

/** A number of pods, or a percentage of those wanted. */
function amount(value: unknown, wanted: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(typeof value === "string" ? value : "25%")?.[1] ?? "25";
  return round((Number(percent) * wanted) / 100);
}
