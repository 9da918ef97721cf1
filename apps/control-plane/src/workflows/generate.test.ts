import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ComponentType } from "@berth/toml-schema/app-config";
import { cannotDeploy, deployable, generate, type GenerateFacts, type GeneratedStep, type Operation } from "./generate.ts";
import { stands } from "./stands.ts";
import { arbitraryFacts, arbitraryOperation, factsOf } from "./testing/arbitrary-app.ts";

const app = {
  needs: { db: [], cache: [], api: ["db", "cache"], web: ["api"] },
  reads: { db: ["size"], web: ["title"], api: [] },
  sandboxReads: ["region"],
};
const allStand = {
  sandbox: "active",
  "component:db": "active",
  "component:cache": "active",
  "component:api": "active",
  "component:web": "active",
} as const;
const actions: GenerateFacts["actions"] = [
  { name: "smoke", triggers: [{ type: "post-provision", index: 2 }, { type: "cron" }] },
  { name: "announce", triggers: [{ type: "post-provision", index: 1 }] },
  { name: "migrate", triggers: [{ type: "post-deploy-component", componentName: "db" }] },
];

function steps(operation: Operation, facts: GenerateFacts, planOnly = false): GeneratedStep[] {
  const generated = generate(operation, facts, planOnly);
  if ("refused" in generated) throw new Error(generated.refused.message);
  return generated.steps;
}

const shape = (list: GeneratedStep[]): Record<string, string[]> => Object.fromEntries(list.map((step) => [step.key, step.needs]));

describe("the steps of an operation", () => {
  it("provision: the sandbox, components side by side where they are independent, hooks after what they belong to", () => {
    expect(shape(steps({ type: "provision" }, factsOf(app, { actions })))).toEqual({
      "sandbox/plan": [],
      "sandbox/apply": ["sandbox/plan"],
      "component:cache/plan": ["sandbox/apply"],
      "component:cache/apply": ["component:cache/plan"],
      "component:db/plan": ["sandbox/apply"],
      "component:db/apply": ["component:db/plan"],
      "action:migrate/post-deploy-component:db": ["component:db/apply"],
      "component:api/plan": ["component:cache/apply", "action:migrate/post-deploy-component:db"],
      "component:api/apply": ["component:api/plan"],
      "component:web/plan": ["component:api/apply"],
      "component:web/apply": ["component:web/plan"],
      "action:announce/post-provision": [
        "sandbox/apply",
        "component:cache/apply",
        "action:migrate/post-deploy-component:db",
        "component:api/apply",
        "component:web/apply",
      ],
      "action:smoke/post-provision": ["action:announce/post-provision"],
    });
  });

  it("deploy: one component alone, or with all that depend on it", () => {
    const facts = factsOf(app, { targets: allStand });
    expect(Object.keys(shape(steps({ type: "deploy", component: "cache", withDependents: false }, facts)))).toEqual([
      "component:cache/plan",
      "component:cache/apply",
    ]);
    expect(shape(steps({ type: "deploy", component: "cache", withDependents: true }, facts))["component:web/plan"]).toEqual([
      "component:api/apply",
    ]);
  });

  it("deploy is refused where what it needs does not stand, saying what to do", () => {
    expect(
      generate(
        { type: "deploy", component: "api", withDependents: false },
        factsOf(app, { targets: { sandbox: "active", "component:db": "active" } }),
        false,
      ),
    ).toMatchObject({
      refused: { code: "state_conflict", meta: { need: "cache" } },
    });
    expect(generate({ type: "deploy_all" }, factsOf(app), false)).toMatchObject({ refused: { code: "state_conflict" } });
    expect(generate({ type: "deploy", component: "nope", withDependents: false }, factsOf(app), false)).toMatchObject({
      refused: { code: "not_found" },
    });
  });

  it("input update: what the inputs reach and its dependents, the sandbox when it is reached, and nothing that does not stand", () => {
    const facts = factsOf(app, { targets: allStand });
    expect(Object.keys(shape(steps({ type: "input_update", changed: ["title"] }, facts)))).toEqual([
      "component:web/plan",
      "component:web/apply",
    ]);
    expect(Object.keys(shape(steps({ type: "input_update", changed: ["size"] }, facts))).filter((key) => key.endsWith("/plan"))).toEqual([
      "component:db/plan",
      "component:api/plan",
      "component:web/plan",
    ]);
    expect(Object.keys(shape(steps({ type: "input_update", changed: ["region"] }, facts)))).toEqual(["sandbox/plan", "sandbox/apply"]);
    expect(steps({ type: "input_update", changed: ["size"] }, factsOf(app))).toEqual([]);
  });

  it("deprovision: dependents first, the sandbox last, orphans too", () => {
    const facts = factsOf(app, { targets: { ...allStand, "component:old": "error" }, orphans: { old: ["db"] } });
    const order = steps({ type: "deprovision" }, facts).map((step) => step.key);
    const at = (key: string): number => order.indexOf(key);
    expect(at("component:web/teardown")).toBeLessThan(at("component:api/plan-teardown"));
    expect(at("component:api/teardown")).toBeLessThan(at("component:db/plan-teardown"));
    expect(at("component:old/teardown")).toBeLessThan(at("component:db/plan-teardown"));
    expect(order.at(-1)).toBe("sandbox/teardown");
    expect(steps({ type: "deprovision" }, facts).every((step) => step.params.destroy)).toBe(true);
  });

  it("teardown of a component is refused while what depends on it stands", () => {
    expect(generate({ type: "teardown", component: "db" }, factsOf(app, { targets: allStand }), false)).toMatchObject({
      refused: { code: "state_conflict", meta: { dependents: ["api", "web"] } },
    });
    const alone = factsOf(app, { targets: { sandbox: "active", "component:db": "active", "component:api": "inactive" } });
    expect(Object.keys(shape(steps({ type: "teardown", component: "db" }, alone)))).toEqual([
      "component:db/plan-teardown",
      "component:db/teardown",
    ]);
  });

  it("plan only: plans side by side, no apply, no action; what can't be planned yet says why", () => {
    const planned = steps({ type: "provision" }, factsOf(app, { actions, targets: { sandbox: "active", "component:db": "active" } }), true);
    expect(planned.every((step) => step.kind.endsWith(".plan") && step.needs.length === 0)).toBe(true);
    expect(planned.find((step) => step.key === "component:api/plan")?.skip).toMatch(/component:cache/);
    expect(planned.find((step) => step.key === "component:db/plan")?.skip).toBeUndefined();
    expect(generate({ type: "action_run", action: "smoke", trigger: "manual" }, factsOf(app, { actions }), true)).toMatchObject({
      refused: { code: "unprocessable" },
    });
  });

  describe("where some components are of a type that can't be deployed", () => {
    const mixed = {
      ...factsOf(app, { targets: { sandbox: "active", "component:db": "active" }, actions }),
      components: { db: "terraform_module", cache: "pulumi", api: "terraform_module", web: "terraform_module" } as const,
    };
    const skipped = (list: GeneratedStep[]): Record<string, string | undefined> =>
      Object.fromEntries(list.filter((step) => step.skip !== undefined).map((step) => [step.key, step.skip]));

    it("a deploy of one, or of what needs it, is refused with its name, its type and what is possible", () => {
      const refusal = (component: string) => generate({ type: "deploy", component, withDependents: false }, mixed, false);
      expect(refusal("cache")).toMatchObject({
        refused: {
          code: "unprocessable",
          message: `Component "cache" can't be deployed: ${cannotDeploy("pulumi")}. Deploy the others one by one or all together, which leaves it out, or rewrite it as a terraform_module.`,
        },
      });
      expect(refusal("web")).toMatchObject({
        refused: { message: expect.stringMatching(/it needs component "cache", and components of type pulumi/) },
      });
      expect(steps({ type: "deploy", component: "db", withDependents: false }, mixed)).toHaveLength(3);
    });

    it("everything else goes on, and each that is left out has one skipped step that says why", () => {
      const provision = steps({ type: "provision" }, mixed);
      expect(shape(provision.filter((step) => step.skip === undefined))).toEqual({
        "sandbox/plan": [],
        "sandbox/apply": ["sandbox/plan"],
        "component:db/plan": ["sandbox/apply"],
        "component:db/apply": ["component:db/plan"],
        "action:migrate/post-deploy-component:db": ["component:db/apply"],
        "action:announce/post-provision": ["sandbox/apply", "action:migrate/post-deploy-component:db"],
        "action:smoke/post-provision": ["action:announce/post-provision"],
      });
      expect(skipped(provision)).toEqual({
        "component:cache/plan": `Left out: ${cannotDeploy("pulumi")}`,
        "component:api/plan": `Left out: it needs component "cache", and ${cannotDeploy("pulumi")}`,
        "component:web/plan": `Left out: it needs component "cache", and ${cannotDeploy("pulumi")}`,
      });
      expect(Object.keys(skipped(steps({ type: "deploy_all" }, mixed)))).toHaveLength(3);
    });

    it("one that stood before its type changed keeps what needs it deployable, and is itself left alone", () => {
      const stood = { ...mixed, targets: { ...mixed.targets, "component:cache": "active" as const } };
      expect(Object.keys(shape(steps({ type: "deploy", component: "api", withDependents: false }, stood)))).toEqual([
        "component:api/plan",
        "component:api/apply",
      ]);
      expect(Object.keys(skipped(steps({ type: "deploy_all" }, stood)))).toEqual(["component:cache/plan"]);
      expect(Object.keys(shape(steps({ type: "deprovision" }, stood)))).toContain("component:cache/teardown");
    });

    it("deploying all of an app that has nothing else is refused", () => {
      const none = { ...mixed, components: { db: "pulumi", cache: "pulumi", api: "pulumi", web: "pulumi" } as const, targets: {} };
      expect(generate({ type: "deploy_all" }, none, false)).toMatchObject({
        refused: {
          code: "unprocessable",
          message: expect.stringMatching(/"db": components of type pulumi can't.*"web": components of type pulumi can't/),
        },
      });
    });
  });

  describe("of an app of many types", () => {
    const types = { db: "terraform_module", cache: "container_image", api: "helm_chart", web: "job" } as const;
    const of = (list: GeneratedStep[]) => list.map((step) => [step.key, step.kind, step.params.family, step.params.unbuilt ?? false]);

    it("an image is copied in one step, what needs it comes after that, and the rest is planned and applied", () => {
      const provision = steps({ type: "provision" }, factsOf(app, { types }));
      expect(of(provision)).toEqual([
        ["sandbox/plan", "sandbox.plan", undefined, false],
        ["sandbox/apply", "sandbox.apply", undefined, false],
        ["component:cache/sync", "component.sync", "image", false],
        ["component:db/plan", "component.plan", "terraform", false],
        ["component:db/apply", "component.apply", "terraform", false],
        ["component:api/plan", "component.plan", "helm", false],
        ["component:api/apply", "component.apply", "helm", false],
        ["component:web/plan", "component.plan", "kubernetes", true],
        ["component:web/apply", "component.apply", "kubernetes", true],
      ]);
      expect(shape(provision)).toMatchObject({
        "component:cache/sync": ["sandbox/apply"],
        "component:api/plan": ["component:cache/sync", "component:db/apply"],
      });
    });

    it("removal goes the other way round, and an image goes after what used it", () => {
      const removal = steps({ type: "deprovision" }, factsOf(app, { types, targets: allStand }));
      expect(removal.map((step) => step.key)).toEqual([
        "component:web/plan-teardown",
        "component:web/teardown",
        "component:api/plan-teardown",
        "component:api/teardown",
        "component:cache/unsync",
        "component:db/plan-teardown",
        "component:db/teardown",
        "sandbox/plan-teardown",
        "sandbox/teardown",
      ]);
      expect(removal.every((step) => step.params.destroy)).toBe(true);
    });

    it("plan only: an image has nothing to plan, and says so", () => {
      for (const operation of [{ type: "deploy_all" }, { type: "deprovision" }] satisfies Operation[]) {
        const planned = steps(operation, factsOf(app, { types, targets: allStand }), true);
        expect(planned.filter((step) => step.skip !== undefined)).toMatchObject([
          { kind: "component.sync", target: "component:cache", skip: expect.stringMatching(/nothing to plan/) as string },
        ]);
      }
    });

    it("a component is removed as what it was made, and another type takes its place only after that", () => {
      const made = { cache: { type: "terraform_module", unbuilt: false }, api: { type: "helm_chart", unbuilt: false } } as const;
      const facts = factsOf(app, { types, made, targets: { sandbox: "active", "component:cache": "active", "component:db": "active" } });
      expect(of(steps({ type: "teardown", component: "cache" }, facts))).toEqual([
        ["component:cache/plan-teardown", "component.plan", "terraform", false],
        ["component:cache/teardown", "component.apply", "terraform", false],
      ]);
      expect(generate({ type: "deploy", component: "cache", withDependents: false }, facts, false)).toMatchObject({
        refused: { message: expect.stringMatching(/stands as a terraform_module.*container_image now: tear down "cache" first/) as string },
      });
      // What stands in its place still has its outputs.
      expect(of(steps({ type: "deploy", component: "api", withDependents: false }, facts))).toHaveLength(2);
    });

    it("types that are deployed by the same jobs take each other's place", () => {
      const made = { cache: { type: "docker_build", unbuilt: false } } as const;
      const facts = factsOf(app, { types, made, targets: { sandbox: "active", "component:cache": "active" } });
      expect(of(steps({ type: "deploy", component: "cache", withDependents: false }, facts))).toHaveLength(1);
    });
  });

  it("an action that runs in an image is refused, and left out as a hook", () => {
    const facts = factsOf(app, { actions: [{ name: "smoke", image: "alpine", triggers: [{ type: "post-provision" }] }] });
    expect(generate({ type: "action_run", action: "smoke", trigger: "manual" }, facts, false)).toMatchObject({
      refused: { code: "unprocessable" },
    });
    expect(steps({ type: "provision" }, facts).at(-1)).toMatchObject({
      key: "action:smoke/post-provision",
      skip: expect.stringMatching(/image/),
    });
  });

  it("a sandbox in Pulumi is refused before anything starts", () => {
    const facts = { ...factsOf(app, { targets: allStand }), sandboxKind: "pulumi" as const };
    for (const operation of [{ type: "provision" }, { type: "input_update", changed: ["region"] }] satisfies Operation[]) {
      expect(generate(operation, facts, false)).toMatchObject({ refused: { message: expect.stringContaining("pulumi") } });
    }
    expect(steps({ type: "input_update", changed: ["title"] }, facts)).toHaveLength(2);
  });
});

describe("for any app, state and operation", () => {
  it("keys are unique, needs point backwards, applies follow their plan, and the result is the same each time", () => {
    fc.assert(
      fc.property(arbitraryFacts, arbitraryOperation, fc.boolean(), (facts, operation, planOnly) => {
        const generated = generate(operation, facts, planOnly);
        const list = "refused" in generated ? [] : generated.steps;
        const keys = list.map((step) => step.key);
        expect(new Set(keys).size).toBe(keys.length);
        const forward = list.filter((step, index) => step.needs.some((need) => !keys.slice(0, index).includes(need)));
        const loose = list.filter((step) => step.kind.endsWith(".apply") && step.needs.join() !== step.params.plan);
        const notPlans = planOnly ? list.filter((step) => !step.kind.endsWith(".plan") && step.skip === undefined) : [];
        expect({ forward, loose, notPlans }).toEqual({ forward: [], loose: [], notPlans: [] });
        expect(generate(operation, facts, planOnly)).toEqual(generated);
      }),
      { numRuns: 500 },
    );
  });

  it("a component comes after all it depends on when it is deployed, and before when it is removed", () => {
    fc.assert(
      fc.property(arbitraryFacts, arbitraryOperation, (facts, operation) => {
        const generated = generate(operation, facts, false);
        const list = "refused" in generated ? [] : generated.steps;
        const byKey = new Map(list.map((step) => [step.key, step]));
        const reaches = (from: string, to: string): boolean =>
          from === to || (byKey.get(from)?.needs ?? []).some((need) => reaches(need, to));
        const first = (target: string): string => (byKey.has(`${target}/unsync`) ? `${target}/unsync` : `${target}/plan-teardown`);
        const last = (target: string, keys: string[]): string => keys.map((key) => `${target}/${key}`).find((key) => byKey.has(key)) ?? "";
        const wrong = list
          .filter((step) => (step.kind === "component.plan" || step.kind === "component.sync") && step.target !== "component:orphan")
          .flatMap((step) =>
            facts.graph.dependencies(step.target?.slice("component:".length) ?? "").map((name) => [step, `component:${name}`] as const),
          )
          .filter(([step, other]) => {
            const removed = last(step.target ?? "", ["teardown", "unsync"]);
            if (step.params.destroy) return byKey.has(first(other)) && !reaches(first(other), removed);
            const done = last(other, ["apply", "sync"]);
            return done !== "" && byKey.get(done)?.skip === undefined && !reaches(step.key, done);
          });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("nothing of a type that can't be deployed is planned, nor what needs one that does not stand", () => {
    const types = fc.array(fc.constantFrom<ComponentType[]>("terraform_module", "helm_chart", "pulumi"), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(arbitraryFacts, arbitraryOperation, types, fc.boolean(), (given, operation, chosen, planOnly) => {
        const components = Object.fromEntries(Object.keys(given.components).map((name, index) => [name, chosen[index] ?? "pulumi"]));
        const facts = { ...given, components };
        const generated = generate(operation, facts, planOnly);
        const list = "refused" in generated ? [] : generated.steps.filter((step) => step.skip === undefined && !step.params.destroy);
        const keys = new Set("refused" in generated ? [] : generated.steps.map((step) => step.key));
        const loose = list.filter((step) => step.needs.some((need) => !keys.has(need)));
        const wrong = list.filter((step) => {
          const name = step.target?.replace(/^component:/, "") ?? "";
          const needs = facts.graph.dependencies(name).filter((need) => !deployable[components[need] ?? "pulumi"]);
          return (
            (components[name] !== undefined && !deployable[components[name]]) || needs.some((need) => !stands(facts, `component:${need}`))
          );
        });
        expect({ loose, wrong }).toEqual({ loose: [], wrong: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("a deprovision removes all that stands and nothing else", () => {
    fc.assert(
      fc.property(arbitraryFacts, (facts) => {
        const removed = steps({ type: "deprovision" }, facts).filter(
          (step) => step.kind.endsWith(".plan") || step.kind === "component.sync",
        );
        const standing = Object.keys(facts.targets).filter((target) => stands(facts, target));
        expect(new Set(removed.map((step) => step.target))).toEqual(new Set(standing));
      }),
    );
  });
});
