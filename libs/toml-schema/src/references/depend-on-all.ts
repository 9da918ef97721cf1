import type { Component } from "../config/components.ts";

/**
 * A template that goes over all components needs them all, as far as that is possible: a component with one comes after every other that does not come
 * after it anyway, and after no other of its own sort (there, neither could be first).
 */
export function dependOnAll(components: readonly Component[]): void {
  const overAll = components.filter((component) => component.references.some(({ kind, name }) => kind === "component" && name === "*"));
  const names = new Set(overAll.map((component) => component.name));
  for (const component of overAll.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const after = dependents(components, component.name);
    const needed = components.flatMap(({ name }) => (names.has(name) || after.has(name) ? [] : name));
    component.dependencies = [...new Set([...component.dependencies, ...needed])].toSorted();
  }
}

function dependents(components: readonly Component[], name: string): ReadonlySet<string> {
  const users = new Map<string, string[]>();
  for (const component of components) {
    for (const need of component.dependencies) users.set(need, [...(users.get(need) ?? []), component.name]);
  }
  const found = new Set([name]);
  for (const one of found) for (const user of users.get(one) ?? []) found.add(user);
  return found;
}
