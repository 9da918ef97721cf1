import type { Component, ComponentType, Reference } from "./app-config.ts";

/** Which component needs which, and in which order they go. Plain functions over plain data; nothing is parsed again. */
export type DependencyGraph = {
  /** Topological: a component after all it depends on. Among those that are ready: fewer dependencies first, then by type, then by name. Members of a cycle come last. */
  order: string[];
  /** What a component depends on directly, sorted. */
  dependencies(name: string): string[];
  /** All that depend on a component, directly or not, in `order`. */
  dependents(name: string): string[];
  /** What a change of these inputs reaches: whether the sandbox reads one, and which components do, directly or through what they depend on (in `order`). A changed sandbox reaches the components that read its outputs. */
  reachedByInputs(names: string[]): { sandbox: boolean; components: string[] };
  /** One cycle as a path whose last name is the first again. */
  cycle?: string[];
};

/** Builds come before what deploys them where nothing else decides. */
const typeOrder: Record<ComponentType, number> = {
  container_image: 0,
  docker_build: 1,
  terraform_module: 2,
  pulumi: 3,
  helm_chart: 4,
  kubernetes_manifest: 5,
  job: 6,
};

/** The dependency graph of a config's components. Dependencies on names that do not exist are left out. */
export function dependencyGraph(config: {
  components: readonly Component[];
  sandbox: { references: readonly Reference[] };
}): DependencyGraph {
  const byName = new Map(config.components.map((component) => [component.name, component]));
  const direct = new Map(
    [...byName.values()].map((component) => [
      component.name,
      [...new Set(component.dependencies)].filter((name) => name !== component.name && byName.has(name)).toSorted(),
    ]),
  );
  const users = new Map<string, string[]>([...byName.keys()].map((name) => [name, []]));
  for (const [name, needs] of direct) for (const need of needs) users.get(need)?.push(name);

  const { order, rest } = sortTopologically(byName, direct, users);
  order.push(...rest);
  const position = new Map(order.map((name, index) => [name, index]));
  const inOrder = (names: Iterable<string>) => [...names].toSorted((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));

  function reach(start: Iterable<string>): Set<string> {
    const found = new Set<string>(start);
    for (const name of found) for (const user of users.get(name) ?? []) found.add(user);
    return found;
  }

  const graph: DependencyGraph = {
    order,
    dependencies: (name) => [...(direct.get(name) ?? [])],
    dependents: (name) => {
      const found = reach(users.get(name) ?? []);
      found.delete(name);
      return inOrder(found);
    },
    reachedByInputs: (names) => {
      const changed = new Set(names);
      const reads = (references: readonly Reference[]) =>
        changed.size > 0 && references.some((one) => one.kind === "input" && (one.name === "*" || changed.has(one.name)));
      const sandbox = reads(config.sandbox.references);
      const touched = config.components.filter(
        (component) => reads(component.references) || (sandbox && component.references.some((one) => one.kind === "sandbox")),
      );
      return { sandbox, components: inOrder(reach(touched.map((component) => component.name))) };
    },
  };
  const cycle = rest.length > 0 ? findCycle(rest, direct) : undefined;
  if (cycle) graph.cycle = cycle;
  return graph;
}

function sortTopologically(
  byName: ReadonlyMap<string, Component>,
  direct: ReadonlyMap<string, string[]>,
  users: ReadonlyMap<string, string[]>,
): { order: string[]; rest: string[] } {
  const typeOf = (name: string) => typeOrder[byName.get(name)?.type ?? "job"];
  const before = (a: string, b: string) => {
    return (direct.get(a)?.length ?? 0) - (direct.get(b)?.length ?? 0) || typeOf(a) - typeOf(b) || (a < b ? -1 : 1);
  };
  const open = new Map([...direct].map(([name, needs]) => [name, needs.length]));
  const order: string[] = [];
  let ready = [...open].filter(([, count]) => count === 0).map(([name]) => name);
  // One wave at a time: all that is ready now, then all that this made ready.
  while (ready.length > 0) {
    const next: string[] = [];
    for (const name of ready.toSorted(before)) {
      order.push(name);
      open.delete(name);
      for (const user of users.get(name) ?? []) {
        const left = (open.get(user) ?? 0) - 1;
        open.set(user, left);
        if (left === 0) next.push(user);
      }
    }
    ready = next;
  }
  return { order, rest: [...open.keys()].toSorted() };
}

/** Follows dependencies among components that never became ready until one comes up again. */
function findCycle(rest: string[], direct: ReadonlyMap<string, string[]>): string[] | undefined {
  const stuck = new Set(rest);
  const path: string[] = [];
  const seen = new Map<string, number>();
  let name = rest[0];
  while (name !== undefined) {
    const start = seen.get(name);
    if (start !== undefined) return rotate(path.slice(start));
    seen.set(name, path.length);
    path.push(name);
    name = direct.get(name)?.find((need) => stuck.has(need));
  }
  return undefined;
}

/** The same cycle always reads the same: from its first name in the alphabet. */
function rotate(cycle: string[]): string[] {
  const first = cycle.indexOf(cycle.toSorted()[0] ?? "");
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0] ?? ""];
}
