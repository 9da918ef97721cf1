import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKinds } from "../kinds/registry.ts";
import { canonical, isTree, type Tree } from "../tree.ts";
import { applyFields } from "./apply-fields.ts";
import { compare } from "./compare.ts";
import { isEmpty, paths, printPath } from "./field-set.ts";
import { decodeFields, encodeFields } from "./fields-v1.ts";
import type { Ownership } from "./managed-fields.ts";
import { setOf } from "./set-of.ts";

const kind = createKinds().byPath("apps", "v1", "deployments");
if (!kind) throw new Error("deployments are served");
const { shape } = kind;

type State = { live: Tree; ownerships: Ownership[] };
const nothing: State = { live: {}, ownerships: [] };

function apply(state: State, manager: string, applied: Tree, force = true): State {
  const result = applyFields({
    live: state.live,
    applied,
    shape,
    manager: { manager, operation: "Apply", apiVersion: "apps/v1" },
    ownerships: state.ownerships,
    force,
  });
  if ("conflicts" in result) throw new Error(result.conflicts.map(({ path }) => printPath(path)).join(" "));
  return { live: result.object, ownerships: result.ownerships };
}

const pod = (containers: Tree[], rest: Tree = {}): Tree => ({ spec: { template: { spec: { containers, ...rest } } } });

/** Manifests that meet: few names, few values. */
const word = fc.constantFrom("a", "b", "c");
const unique = <T extends Tree>(of: fc.Arbitrary<T>, by: (item: T) => string): fc.Arbitrary<T[]> =>
  fc.uniqueArray(of, { maxLength: 3, selector: by });
const container = fc.record(
  {
    name: word,
    image: word,
    command: fc.array(word, { minLength: 1, maxLength: 2 }),
    env: unique(fc.record({ name: word, value: word }), (item) => item.name),
    ports: unique(fc.record({ containerPort: fc.integer({ min: 1, max: 3 }), name: word }), (item) => String(item.containerPort)),
  },
  { requiredKeys: ["name"] },
);
const manifest = fc.record(
  {
    metadata: fc.record({ labels: fc.dictionary(word, word), finalizers: fc.uniqueArray(word) }, { requiredKeys: [] }),
    spec: fc.record(
      {
        replicas: fc.integer({ min: 0, max: 3 }),
        selector: fc.record({ matchLabels: fc.dictionary(word, word) }),
        template: fc.record({ spec: fc.record({ containers: unique(container, (item) => item.name) }) }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Tree>;

/** Values by path, leaves alone; the order of lists and empty values don't count. */
function leaves(value: unknown, at = ""): Record<string, string> {
  const out: Record<string, string> = {};
  for (const path of paths(setOf(value, shape))) out[`${at}${printPath(path)}`] = "";
  return out;
}

describe("server-side apply", () => {
  it("changes nothing when the same is applied again", () => {
    fc.assert(
      fc.property(manifest, manifest, (first, second) => {
        const once = apply(apply(nothing, "one", first), "two", second);
        const twice = apply(once, "two", second);
        expect(twice.live).toEqual(once.live);
        expect(twice.ownerships.map(({ set }) => encodeFields(set))).toEqual(once.ownerships.map(({ set }) => encodeFields(set)));
      }),
    );
  });

  it("gives a lone manager exactly what it applied last", () => {
    fc.assert(
      fc.property(manifest, manifest, (first, second) => {
        const { live } = apply(apply(nothing, "one", first), "one", second);
        const { changed, removed } = compare(withoutEmpty(second), withoutEmpty(live), shape);
        expect([...paths(changed), ...paths(removed)]).toEqual([]);
      }),
    );
  });

  it("keeps what others own, and takes away what only the manager owned", () => {
    fc.assert(
      fc.property(manifest, manifest, (mine, theirs) => {
        const both = apply(apply(nothing, "me", mine), "them", theirs);
        const { live } = apply(both, "me", {});
        const { changed, removed } = compare(withoutEmpty(theirs), withoutEmpty(live), shape);
        expect([...paths(changed), ...paths(removed)]).toEqual([]);
      }),
    );
  });

  it("finds a conflict exactly where another owns another value", () => {
    const state = apply(nothing, "one", pod([{ name: "web", image: "a", env: [{ name: "X", value: "1" }] }]));
    const other = pod([
      {
        name: "web",
        image: "b",
        env: [
          { name: "X", value: "1" },
          { name: "Y", value: "2" },
        ],
      },
    ]);
    expect(() => apply(state, "two", other, false)).toThrow('.spec.template.spec.containers[name="web"].image');
    const shared = apply(state, "two", pod([{ name: "web", env: [{ name: "X", value: "1" }] }]), false);
    expect(apply(shared, "one", pod([{ name: "web", image: "a" }])).live).toEqual(
      pod([{ name: "web", image: "a", env: [{ name: "X", value: "1" }] }]),
    );
  });

  it("merges ports by number and protocol, sets by value, and takes other lists as a whole", () => {
    const first = apply(nothing, "one", {
      ...pod([{ name: "web", ports: [{ containerPort: 80 }], command: ["a"] }]),
      metadata: { finalizers: ["x"] },
    });
    const second = pod([{ name: "web", ports: [{ containerPort: 80, protocol: "UDP" }], command: ["b", "c"] }]);
    const { live } = apply(first, "two", { ...second, metadata: { finalizers: ["y"] } });
    expect(live).toEqual({
      ...pod([{ name: "web", ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }], command: ["b", "c"] }]),
      metadata: { finalizers: ["x", "y"] },
    });
  });

  it("reads back the fields it wrote", () => {
    fc.assert(
      fc.property(manifest, (value) => {
        const set = { ...setOf(value, shape), self: false };
        expect(canonical(encodeFields(decodeFields(encodeFields(set))))).toBe(canonical(encodeFields(set)));
      }),
    );
  });

  it("finds no difference between a value and itself, and one between different ones", () => {
    fc.assert(
      fc.property(manifest, manifest, (one, two) => {
        const self = compare(one, structuredClone(one), shape);
        expect(isEmpty(self.changed) && isEmpty(self.removed)).toBe(true);
        const { changed, removed } = compare(one, two, shape);
        if (canonical(leaves(one)) !== canonical(leaves(two))) expect(isEmpty(changed) && isEmpty(removed)).toBe(false);
      }),
    );
  });
});

/** Objects and lists that hold nothing may be there or not. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isTree(value)) return value;
  const entries = Object.entries(value)
    .map(([name, field]): [string, unknown] => [name, withoutEmpty(field)])
    .filter(([, field]) => !(isTree(field) && Object.keys(field).length === 0) && !(Array.isArray(field) && field.length === 0));
  return Object.fromEntries(entries);
}
