import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKinds } from "../kinds/registry.ts";
import type { Tree } from "../tree.ts";
import { jsonPatch } from "./json-patch.ts";
import { mergePatch } from "./merge-patch.ts";
import { strategicMerge } from "./strategic-merge.ts";

const shape = createKinds().byPath("", "v1", "pods")?.shape ?? { type: "any" };
const pod = (spec: Tree): Tree => ({ spec });

describe("strategic merge", () => {
  it("merges containers by name and their ports by number, and replaces commands", () => {
    const before = pod({
      containers: [
        { name: "a", image: "1", command: ["x"], ports: [{ containerPort: 80 }] },
        { name: "b", image: "1" },
      ],
    });
    const patch = pod({
      containers: [
        { name: "a", command: ["y", "z"], ports: [{ containerPort: 81 }] },
        { name: "c", image: "3" },
      ],
    });
    expect(strategicMerge(before, patch, shape)).toEqual(
      pod({
        containers: [
          { name: "a", image: "1", command: ["y", "z"], ports: [{ containerPort: 80 }, { containerPort: 81 }] },
          { name: "b", image: "1" },
          { name: "c", image: "3" },
        ],
      }),
    );
  });

  it("obeys its directives", () => {
    const before = pod({ containers: [{ name: "a" }, { name: "b" }], volumes: [{ name: "v", emptyDir: {} }] });
    const removed = strategicMerge(before, pod({ containers: [{ name: "a", $patch: "delete" }] }), shape);
    expect(removed).toEqual(pod({ containers: [{ name: "b" }], volumes: [{ name: "v", emptyDir: {} }] }));
    const ordered = strategicMerge(before, pod({ "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [] }), shape);
    expect(ordered["spec"]).toMatchObject({ containers: [{ name: "b" }, { name: "a" }] });
    const retained = { volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }] };
    expect(strategicMerge(before, pod(retained), shape)["spec"]).toMatchObject({ volumes: [{ name: "v", configMap: { name: "c" } }] });
    expect(strategicMerge(before, pod({ $patch: "replace", nodeName: "n" }), shape)).toEqual(pod({ nodeName: "n" }));
    const finalizers = { metadata: { finalizers: ["x", "y"] } };
    expect(strategicMerge(finalizers, { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } }, shape)).toEqual({
      metadata: { finalizers: ["y"] },
    });
  });

  it("is done after once: the same patch again changes nothing", () => {
    const word = fc.constantFrom("a", "b", "c");
    const container = fc.record({
      name: word,
      image: word,
      env: fc.uniqueArray(fc.record({ name: word, value: word }), { selector: ({ name }) => name }),
    });
    const spec = fc.record({
      containers: fc.uniqueArray(container, { selector: ({ name }) => name }),
      nodeSelector: fc.dictionary(word, word),
    });
    fc.assert(
      fc.property(spec, spec, (before, patch) => {
        const once = strategicMerge(pod(before), pod(patch), shape);
        expect(strategicMerge(once, pod(patch), shape)).toEqual(once);
        expect(strategicMerge(pod(before), {}, shape)).toEqual(pod(before));
      }),
    );
  });
});

describe("the other patches", () => {
  it("merge: null removes, lists are replaced", () => {
    expect(mergePatch({ a: { b: 1, c: 2 }, l: [1, 2] }, { a: { b: null }, l: [3] })).toEqual({ a: { c: 2 }, l: [3] });
  });

  it("JSON patch: adds, removes, moves, tests, and refuses what does not fit", () => {
    const before = { list: [1, 2], "a/b": { c: "d" } };
    const operations = [
      { op: "test", path: "/a~1b/c", value: "d" },
      { op: "add", path: "/list/1", value: 9 },
      { op: "add", path: "/list/-", value: 3 },
      { op: "remove", path: "/list/0" },
      { op: "move", from: "/a~1b/c", path: "/e" },
    ];
    expect(jsonPatch(before, operations)).toEqual({ list: [9, 2, 3], "a/b": {}, e: "d" });
    expect(before).toEqual({ list: [1, 2], "a/b": { c: "d" } });
    expect(() => jsonPatch(before, [{ op: "remove", path: "/nothing" }])).toThrow("nonexistent key");
    expect(() => jsonPatch(before, [{ op: "test", path: "/list/0", value: 7 }])).toThrow("testing value");
  });
});
