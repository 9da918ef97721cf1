/** Fields that someone owns: a tree of path elements (`f:name`, `k:{"name":"app"}`, `v:"x"`). `self` says that the element itself is owned. */
export type FieldSet = { readonly self: boolean; readonly children: ReadonlyMap<string, FieldSet> };

export const emptySet: FieldSet = { self: false, children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return !set.self && [...set.children.values()].every((child) => isEmpty(child));
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map(left.children);
  for (const [element, child] of right.children) {
    const mine = children.get(element);
    children.set(element, mine ? union(mine, child) : child);
  }
  return { self: left.self || right.self, children };
}

export function difference(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    const rest = other ? difference(child, other) : child;
    if (!isEmpty(rest)) children.set(element, rest);
  }
  return { self: left.self && !right.self, children };
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    const both = other ? intersection(child, other) : emptySet;
    if (!isEmpty(both)) children.set(element, both);
  }
  return { self: left.self && right.self, children };
}

/** Every owned path, each a list of elements. */
export function paths(set: FieldSet, before: readonly string[] = []): string[][] {
  const own = set.self ? [[...before]] : [];
  return [...own, ...[...set.children].flatMap(([element, child]) => paths(child, [...before, element]))];
}

/** A path as the server prints it: `.spec.containers[name="app"].image`. */
export function printPath(path: readonly string[]): string {
  return path
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith("f:")) return `.${rest}`;
      if (element.startsWith("v:")) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}
