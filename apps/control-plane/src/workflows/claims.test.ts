import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { claimsOf, collide, type Claims } from "./claims.ts";
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
});
