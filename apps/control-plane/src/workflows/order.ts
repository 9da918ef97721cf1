/** The closest dependencies that are part of the operation, seen through those that are not. */
export function nearestChosen(name: string, chosen: ReadonlySet<string>, dependencies: (name: string) => readonly string[]): string[] {
  const seen = new Set<string>();
  const found = new Set<string>();
  const open = [...dependencies(name)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next) || next === name) continue;
    seen.add(next);
    if (chosen.has(next)) found.add(next);
    else open.push(...dependencies(next));
  }
  return [...found].toSorted();
}

/** Orders components so that each comes after all that depend on it. */
export function dependentsFirst(below: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [other, needs] of below) if (needs.includes(name)) visit(other);
    order.push(name);
  };
  for (const name of below.keys()) visit(name);
  return order;
}
