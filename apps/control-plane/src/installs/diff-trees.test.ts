import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffTrees } from "./diff-trees.ts";

describe("differences between trees", () => {
  it("name the deepest place, with what was and is there", () => {
    expect(diffTrees({ a: { b: 1, c: [1] }, gone: true }, { a: { b: 2, c: [1, 2] }, "x/y": null })).toEqual([
      { path: "/a/b", before: 1, after: 2 },
      { path: "/a/c", before: [1], after: [1, 2] },
      { path: "/gone", before: true },
      { path: "/x~1y", after: null },
    ]);
  });
  it("are none of a tree and itself, and the same seen from the other side", () => {
    const tree = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        expect(diffTrees(a, structuredClone(a))).toEqual([]);
        expect(diffTrees(a, b).map(({ path }) => path)).toEqual(diffTrees(b, a).map(({ path }) => path));
      }),
    );
  });
});
