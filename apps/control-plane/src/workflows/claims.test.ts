import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aheadOf, claimsOf, collide, type Claims, type InLine } from "./claims.ts";
import { generate, type Operation } from "./generate.ts";
import { arbitraryFacts, arbitraryOperation, factsOf } from "./testing/arbitrary-app.ts";

const app = { needs: { db: [], api: ["db"], web: ["api"], other: [] }, reads: {}, sandboxReads: [] };
const targets = Object.fromEntries(
  ["sandbox", ...Object.keys(app.needs).map((name) => `component:${name}`)].map((name) => [name, "active" as const]),
);
const facts = factsOf(app, { targets, actions: [{ name: "check", triggers: [] }] });

function claims(operation: Operation, planOnly = false): Claims {
  const generated = generate(operation, facts, planOnly);
  if ("refused" in generated) throw new Error(generated.refused.message);
  return claimsOf(generated.steps, facts, planOnly);
}
const deploy = (...components: string[]): Claims => claims({ type: "deploy", components, withDependents: false });

describe("workflows side by side", () => {
  it("change different targets, none of which goes by another", () => {
    expect(deploy("web")).toEqual({ writes: ["component:web"], reads: ["component:api", "component:db", "sandbox"] });
    expect(collide(deploy("web"), deploy("other"))).toBe(false);
    expect(collide(deploy("web"), deploy("db"))).toBe(true);
    expect(collide(deploy("db"), deploy("web"))).toBe(true);
    expect(collide(deploy("db"), deploy("db"))).toBe(true);
  });

  it("never go beside a change of the sandbox, and an action goes beside everything", () => {
    const provision = claims({ type: "provision" });
    expect(collide(provision, deploy("other"))).toBe(true);
    expect(collide(provision, claims({ type: "action_run", action: "check", trigger: "manual" }))).toBe(false);
  });

  it("that only plan wait for what changes what they plan, and not for each other", () => {
    const planned = claims({ type: "deploy_all" }, true);
    expect(planned.writes).toEqual([]);
    expect(collide(planned, deploy("db"))).toBe(true);
    expect(collide(planned, claims({ type: "provision" }, true))).toBe(false);
  });

  it("that claim nobody knows what go beside nothing", () => {
    expect(collide({}, deploy("db"))).toBe(true);
  });

  it("for any two operations: the same both ways round, and two writers of one target never", () => {
    fc.assert(
      fc.property(arbitraryFacts, arbitraryOperation, arbitraryOperation, (some, one, two) => {
        const [a, b] = [one, two].map((operation) => {
          const generated = generate(operation, some, false);
          return claimsOf("refused" in generated ? [] : generated.steps, some, false);
        }) as [Claims, Claims];
        expect(collide(a, b)).toBe(collide(b, a));
        if (a.writes.some((target) => b.writes.includes(target))) expect(collide(a, b)).toBe(true);
      }),
    );
  });

  it("in any order of starts and ends: what collides never runs at once nor overtakes, and the line never stands still", () => {
    const target = fc.constantFrom("sandbox", "component:db", "component:api", "component:web", "component:other");
    const claimed: fc.Arbitrary<Partial<Claims>> = fc.oneof(
      {
        weight: 9,
        arbitrary: fc.record({ writes: fc.uniqueArray(target, { maxLength: 3 }), reads: fc.uniqueArray(target, { maxLength: 3 }) }),
      },
      { weight: 1, arbitrary: fc.constant({}) },
    );
    const event = fc.record({ claims: claimed, held: fc.boolean(), what: fc.nat(5), which: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let line: InLine[] = [];
        const isFree = (each: InLine): boolean => !each.held && aheadOf(line, each).length === 0;
        const begin = (each: InLine): void => {
          const running = line.filter(({ state }) => state !== "queued");
          expect(running.filter((other) => collide(other.claims, each.claims))).toEqual([]);
          const overtaken = line.filter((other) => other.state === "queued" && other.createdAt < each.createdAt && !other.held);
          expect(overtaken.filter((other) => collide(other.claims, each.claims))).toEqual([]);
          line = line.map((other) => (other.id === each.id ? { ...other, state: "running" as const } : other));
        };
        for (const [index, { claims, held, what, which }] of events.entries()) {
          const running = line.filter(({ state }) => state !== "queued");
          const queued = line.filter(({ state }) => state === "queued");
          if (what < 2) line.push({ id: `w${index}`, state: "queued", createdAt: Math.floor(index / 2), claims, held });
          else if (what === 2) line = line.filter((each) => each !== running[which % Math.max(1, running.length)]);
          // The window opens for one that waits for it.
          else if (what === 3)
            line = line.map((each) => (each === queued[which % Math.max(1, queued.length)] ? { ...each, held: false } : each));
          else {
            const next = queued.filter(isFree)[0];
            if (next) begin(next);
          }
        }
        // Everything that runs ends and every window opens: then all get their turn.
        line = line.filter(({ state }) => state === "queued").map((each) => ({ ...each, held: false }));
        while (line.length > 0) {
          const free = line.find(isFree);
          expect(free).toBeDefined();
          if (free) begin(free);
          line = line.filter((each) => each.id !== free?.id);
        }
      }),
      { numRuns: 500 },
    );
  });
});
