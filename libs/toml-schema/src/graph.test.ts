import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Component, Reference } from "./app-config.ts";
import { dependencyGraph } from "./graph.ts";

const input = (name: string): Reference => ({ kind: "input", name, path: ["inputs", "inputs", name] });
const sandboxOutput: Reference = { kind: "sandbox", name: "", path: ["sandbox", "outputs", "vpc"] };

function component(
  name: string,
  dependencies: string[] = [],
  references: Reference[] = [],
  type: "terraform_module" | "container_image" = "terraform_module",
): Component {
  return { name, dependencies, references, type } as unknown as Component;
}
const graphOf = (components: Component[], sandbox: Reference[] = []) => dependencyGraph({ components, sandbox: { references: sandbox } });

describe("the order of components", () => {
  it("puts dependencies first, then those with fewer, then by type, then by name", () => {
    const graph = graphOf([
      component("z"),
      component("b"),
      component("image", [], [], "container_image"),
      component("two", ["z", "b"]),
      component("one", ["z"]),
    ]);
    expect(graph.order).toEqual(["image", "b", "z", "one", "two"]);
    expect(graph.cycle).toBeUndefined();
  });
  it("is topological and complete for any graph without circles, and says the circle of any other", () => {
    const graphs = fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(graphs, (edges) => {
        const components = edges.map((needs, index) =>
          component(
            `c${index}`,
            needs.map((need) => `c${need}`),
          ),
        );
        const graph = graphOf(components);
        expect(graph.order.toSorted()).toEqual(components.map((one) => one.name).toSorted());
        if (graph.cycle) {
          expect(graph.cycle[0]).toBe(graph.cycle.at(-1));
          for (const [index, name] of graph.cycle.slice(0, -1).entries())
            expect(graph.dependencies(name)).toContain(graph.cycle[index + 1]);
        } else {
          const position = new Map(graph.order.map((name, index) => [name, index]));
          for (const name of graph.order) {
            for (const need of graph.dependencies(name)) expect(position.get(need)).toBeLessThan(position.get(name) ?? -1);
          }
        }
      }),
    );
  });
  it("does not depend on the order of the files", () => {
    const components = [component("a", ["c"]), component("b"), component("c", ["b"]), component("d", ["b"])];
    const { order } = graphOf(components);
    fc.assert(
      fc.property(fc.shuffledSubarray(components, { minLength: 4 }), (shuffled) => {
        expect(graphOf(shuffled).order).toEqual(order);
      }),
    );
  });
});

describe("what a change reaches", () => {
  it("follows dependents all the way", () => {
    const graph = graphOf([component("a"), component("b", ["a"]), component("c", ["b"]), component("d")]);
    expect(graph.dependents("a")).toEqual(["b", "c"]);
    expect(graph.dependencies("c")).toEqual(["b"]);
  });
  it("reaches readers of an input and what depends on them, and through the sandbox those that read its outputs", () => {
    const components = [
      component("a", [], [input("size")]),
      component("b", ["a"]),
      component("c", [], [sandboxOutput]),
      component("d", [], [input("*")]),
    ];
    expect(graphOf(components).reachedByInputs(["size"])).toEqual({ sandbox: false, components: ["a", "d", "b"] });
    expect(graphOf(components, [input("zone")]).reachedByInputs(["zone"])).toEqual({ sandbox: true, components: ["c", "d"] });
    expect(graphOf(components).reachedByInputs([])).toEqual({ sandbox: false, components: [] });
  });
});
