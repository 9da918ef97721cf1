import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ComponentType } from "@berth/toml-schema/app-config";
import { cannotDeploy, deployable } from "./deployable.ts";
import { generate, type GenerateFacts, type GeneratedStep, type Operation } from "./generate.ts";
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
    expect(Object.keys(shape(steps({ type: "deploy", components: ["cache"], withDependents: false }, facts)))).toEqual([
      "component:cache/plan",
      "component:cache/apply",
    ]);
    expect(shape(steps({ type: "deploy", components: ["cache"], withDependents: true }, facts))["component:web/plan"]).toEqual([
      "component:api/apply",
    ]);
  });

  it("deploy is refused where what it needs does not stand, saying what to do", () => {
    expect(
      generate(
        { type: "deploy", components: ["api"], withDependents: false },
        factsOf(app, { targets: { sandbox: "active", "component:db": "active" } }),
        false,
      ),
    ).toMatchObject({
      refused: { code: "state_conflict", meta: { need: "cache" } },
    });
    expect(generate({ type: "deploy_all" }, factsOf(app), false)).toMatchObject({ refused: { code: "state_conflict" } });
    expect(generate({ type: "deploy", components: ["nope"], withDependents: false }, factsOf(app), false)).toMatchObject({
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
    expect(
      generate({ type: "teardown", components: ["db"], withDependents: false }, factsOf(app, { targets: allStand }), false),
    ).toMatchObject({
      refused: { code: "state_conflict", meta: { dependents: ["api", "web"] } },
    });
    const alone = factsOf(app, { targets: { sandbox: "active", "component:db": "active", "component:api": "inactive" } });
    expect(Object.keys(shape(steps({ type: "teardown", components: ["db"], withDependents: false }, alone)))).toEqual([
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
      const refusal = (component: string) => generate({ type: "deploy", components: [component], withDependents: false }, mixed, false);
      expect(refusal("cache")).toMatchObject({
        refused: {
          code: "unprocessable",
          message: `Component "cache" can't be deployed: ${cannotDeploy("pulumi")}. Deploy the others one by one or all together, which leaves it out, or rewrite it as a terraform_module.`,
        },
      });
      expect(refusal("web")).toMatchObject({
        refused: { message: expect.stringMatching(/it needs component "cache", and components of type pulumi/) },
      });
      expect(steps({ type: "deploy", components: ["db"], withDependents: false }, mixed)).toHaveLength(3);
    });

    it("everything else goes on, and each that is left out has one skipped step that says why", () => {
      const provision = steps({ type: "provision" }, mixed);
      expect(shape(provision.filter((step) => step.skip === undefined))).toEqual({
        "sandbox/plan": [],
        "sandbox/apply": ["sandbox/plan"],
        "component:db/plan": ["sandbox/apply"],
        "component:db/apply": ["component:db/plan"],
        "action:migrate/post-deploy-component:db": ["component:db/apply"],
        "action:announce/post-provision": ["action:migrate/post-deploy-component:db"],
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
      expect(Object.keys(shape(steps({ type: "deploy", components: ["api"], withDependents: false }, stood)))).toEqual([
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
      expect(of(steps({ type: "teardown", components: ["cache"], withDependents: false }, facts))).toEqual([
        ["component:cache/plan-teardown", "component.plan", "terraform", false],
        ["component:cache/teardown", "component.apply", "terraform", false],
      ]);
      expect(generate({ type: "deploy", components: ["cache"], withDependents: false }, facts, false)).toMatchObject({
        refused: { message: expect.stringMatching(/stands as a terraform_module.*container_image now: tear down "cache" first/) as string },
      });
      // What stands in its place still has its outputs.
      expect(of(steps({ type: "deploy", components: ["api"], withDependents: false }, facts))).toHaveLength(2);
    });

    it("types that are deployed by the same jobs take each other's place", () => {
      const made = { cache: { type: "docker_build", unbuilt: false } } as const;
      const facts = factsOf(app, { types, made, targets: { sandbox: "active", "component:cache": "active" } });
      expect(of(steps({ type: "deploy", components: ["cache"], withDependents: false }, facts))).toHaveLength(1);
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

describe("actions around what an operation does", () => {
  const on = (...types: string[]): GenerateFacts["actions"] => types.map((type) => ({ name: type, triggers: [{ type }] }));
  const around = (event: string, componentName: string): GenerateFacts["actions"] =>
    ["pre", "post"].map((when) => ({ name: `${when}-${event}`, triggers: [{ type: `${when}-${event}`, componentName }] }));
  const order = (operation: Operation, more: Parameters<typeof factsOf>[1]): string[] =>
    steps(operation, factsOf({ needs: { db: [], web: ["db"] }, reads: { web: ["title"] }, sandboxReads: [] }, more)).map(({ key }) => key);
  const targets = { sandbox: "active", "component:db": "active", "component:web": "active" } as const;

  it("provision: before and after the sandbox, all components, and each of them", () => {
    const hooks = [
      ...on("pre-provision", "post-provision", "post-provision-sandbox", "pre-deploy-all-components", "post-deploy-all-components"),
      ...around("deploy-component", "web"),
    ];
    expect(order({ type: "provision" }, { actions: hooks })).toEqual([
      "action:pre-provision/pre-provision",
      "sandbox/plan",
      "sandbox/apply",
      "action:post-provision-sandbox/post-provision-sandbox",
      "action:pre-deploy-all-components/pre-deploy-all-components",
      "component:db/plan",
      "component:db/apply",
      "action:pre-deploy-component/pre-deploy-component:web",
      "component:web/plan",
      "component:web/apply",
      "action:post-deploy-component/post-deploy-component:web",
      "action:post-deploy-all-components/post-deploy-all-components",
      "action:post-provision/post-provision",
    ]);
  });

  it("deprovision: the other way round, and none where nothing stands", () => {
    const hooks = [
      ...on("pre-deprovision", "post-deprovision", "pre-teardown-all-components", "post-teardown-all-components"),
      ...around("teardown-component", "db"),
    ];
    expect(order({ type: "deprovision" }, { actions: hooks, targets })).toEqual([
      "action:pre-deprovision/pre-deprovision",
      "action:pre-teardown-all-components/pre-teardown-all-components",
      "component:web/plan-teardown",
      "component:web/teardown",
      "action:pre-teardown-component/pre-teardown-component:db",
      "component:db/plan-teardown",
      "component:db/teardown",
      "action:post-teardown-component/post-teardown-component:db",
      "action:post-teardown-all-components/post-teardown-all-components",
      "sandbox/plan-teardown",
      "sandbox/teardown",
      "action:post-deprovision/post-deprovision",
    ]);
    expect(order({ type: "deprovision" }, { actions: hooks })).toEqual([]);
  });

  it("reprovision, its sandbox alone, and input updates have their own", () => {
    const hooks = on(
      "pre-reprovision",
      "post-reprovision",
      "pre-reprovision-sandbox",
      "post-reprovision-sandbox",
      "pre-update-inputs",
      "post-update-inputs",
    );
    expect(order({ type: "reprovision", skipComponents: true }, { actions: hooks, targets })).toEqual([
      "action:pre-reprovision/pre-reprovision",
      "sandbox/plan",
      "sandbox/apply",
      "action:post-reprovision/post-reprovision",
    ]);
    expect(order({ type: "reprovision_sandbox", skipComponents: false }, { actions: hooks, targets })).toEqual([
      "action:pre-reprovision-sandbox/pre-reprovision-sandbox",
      "sandbox/plan",
      "sandbox/apply",
      "component:db/plan",
      "component:db/apply",
      "component:web/plan",
      "component:web/apply",
      "action:post-reprovision-sandbox/post-reprovision-sandbox",
    ]);
    expect(order({ type: "input_update", changed: ["title"] }, { actions: hooks, targets })).toEqual([
      "action:pre-update-inputs/pre-update-inputs",
      "component:web/plan",
      "component:web/apply",
      "action:post-update-inputs/post-update-inputs",
    ]);
  });
});

describe("a reprovision, or a removal of the sandbox", () => {
  it("is refused where the sandbox does not stand, or components stand in it", () => {
    for (const type of ["reprovision", "reprovision_sandbox"] as const) {
      expect(generate({ type, skipComponents: false }, factsOf(app), false)).toMatchObject({ refused: { code: "state_conflict" } });
    }
    expect(generate({ type: "deprovision_sandbox" }, factsOf(app, { targets: allStand }), false)).toMatchObject({
      refused: { meta: { components: ["api", "cache", "db", "web"] } },
    });
    expect(shape(steps({ type: "deprovision_sandbox" }, factsOf(app, { targets: { sandbox: "error" } })))).toEqual({
      "sandbox/plan-teardown": [],
      "sandbox/teardown": ["sandbox/plan-teardown"],
    });
  });
});

describe("several components at once", () => {
  it("are deployed in order, each with the build that was chosen for it", () => {
    const facts = factsOf(app, { targets: allStand });
    const list = steps({ type: "deploy", components: ["web", "db"], withDependents: false, builds: { db: "bld1" } }, facts);
    expect(list.map(({ key, params }) => [key, params.build])).toEqual([
      ["component:db/plan", "bld1"],
      ["component:db/apply", "bld1"],
      ["component:web/plan", undefined],
      ["component:web/apply", undefined],
    ]);
    // What lies between them comes first although it is not deployed itself.
    expect(shape(list)["component:web/plan"]).toEqual(["component:db/apply"]);
    expect(generate({ type: "deploy", components: ["web"], withDependents: false, builds: { db: "bld1" } }, facts, false)).toMatchObject({
      refused: { meta: { component: "db" } },
    });
  });

  it("are removed with what depends on them where that is asked for, or where all of it is named", () => {
    const facts = factsOf(app, { targets: { ...allStand, "component:old": "active" }, orphans: { old: ["db"] } });
    const removed = (operation: Operation): string[] =>
      steps(operation, facts).flatMap(({ kind, target = "" }) => (kind === "component.apply" ? [target] : []));
    expect(removed({ type: "teardown", components: ["db"], withDependents: true })).toEqual([
      "component:web",
      "component:api",
      "component:old",
      "component:db",
    ]);
    expect(removed({ type: "teardown", components: ["api", "web"], withDependents: false })).toEqual(["component:web", "component:api"]);
    expect(removed({ type: "teardown_all" })).toHaveLength(5);
  });
});

describe("components that can be turned on and off", () => {
  const toggling = { toggleable: ["cache", "web", "api"], disabled: ["web"] };

  it("that are off are left out and say so; a deploy of one is refused with the way to turn it on", () => {
    const facts = factsOf(app, { ...toggling, targets: allStand });
    expect(steps({ type: "deploy_all" }, facts).filter(({ skip }) => skip !== undefined)).toMatchObject([
      { key: "component:web/plan", skip: 'Left out: component "web" is turned off' },
    ]);
    expect(generate({ type: "deploy", components: ["web"], withDependents: false }, facts, false)).toMatchObject({
      refused: { message: expect.stringContaining("berth installs enable <install> web") },
    });
  });

  it("turned on they are deployed, turned off they are removed, with the actions around both", () => {
    const hooks = ["pre-enable-component", "post-enable-component", "pre-deploy-component"].map((type) => ({
      name: type,
      triggers: [{ type, componentName: "web" }],
    }));
    const facts = factsOf(app, { ...toggling, actions: hooks, targets: { ...allStand, "component:web": "inactive" } });
    expect(steps({ type: "component_toggle", enable: ["web"], disable: [] }, facts).map(({ key }) => key)).toEqual([
      "action:pre-enable-component/pre-enable-component:web",
      "action:pre-deploy-component/pre-deploy-component:web",
      "component:web/plan",
      "component:web/apply",
      "action:post-enable-component/post-enable-component:web",
    ]);
    expect(
      steps({ type: "component_toggle", enable: [], disable: ["api"] }, factsOf(app, { ...toggling, targets: allStand })),
    ).toMatchObject([{ key: "component:api/plan-teardown" }, { key: "component:api/teardown" }]);
    // Where nothing is provisioned yet, it is only kept.
    expect(steps({ type: "component_toggle", enable: ["web"], disable: [] }, factsOf(app, toggling))).toEqual([]);
  });

  it("may not be off while something that is on needs them, nor be on without what they need; both are named", () => {
    const refusal = (enable: string[], disable: string[], disabled: string[]) =>
      generate({ type: "component_toggle", enable, disable }, factsOf(app, { ...toggling, disabled }), false);
    expect(refusal([], ["cache"], [])).toMatchObject({
      refused: { message: 'Component "api" is on and depends on "cache", which would be off: turn "api" off too, or leave "cache" on' },
    });
    expect(refusal(["web"], [], ["web", "api"])).toMatchObject({
      refused: { message: 'Component "web" is on and depends on "api", which would be off: turn "api" on too' },
    });
    expect(refusal(["web", "api"], [], ["web", "api"])).toHaveProperty("steps");
    expect(refusal(["db"], [], [])).toMatchObject({ refused: { message: expect.stringContaining("always on") } });
    expect(refusal(["web"], ["web"], [])).toMatchObject({ refused: { code: "unprocessable" } });
  });
});

describe("a runbook", () => {
  const step = { deployDependents: false, tearDownDependents: false, skipComponentDeploys: false };
  const book: GenerateFacts["runbooks"][number] = {
    name: "swap",
    steps: [
      { ...step, name: "Down", type: "component_tear_down", componentName: "db", tearDownDependents: true },
      { ...step, name: "Note", type: "action" },
      { ...step, name: "Check", type: "action", actionName: "smoke" },
      { ...step, name: "Up", type: "component_deploy", componentName: "db", deployDependents: true },
    ],
  };
  const facts = factsOf(app, { runbooks: [book], actions, targets: allStand });

  it("does its steps one after the other, and what one needs may be made by the one before", () => {
    const list = steps({ type: "runbook_run", runbook: "swap", skip: [] }, facts);
    expect(list.map(({ key }) => key)).toEqual([
      "Down/component:web/plan-teardown",
      "Down/component:web/teardown",
      "Down/component:api/plan-teardown",
      "Down/component:api/teardown",
      "Down/component:db/plan-teardown",
      "Down/component:db/teardown",
      "Note/script",
      "Check/action:smoke/runbook",
      "Up/component:db/plan",
      "Up/component:db/apply",
      "Up/action:migrate/post-deploy-component:db",
      "Up/component:api/plan",
      "Up/component:api/apply",
      "Up/component:web/plan",
      "Up/component:web/apply",
    ]);
    expect(shape(list)["Check/action:smoke/runbook"]).toEqual(["Note/script"]);
    expect(list.find(({ key }) => key === "Note/script")?.params).toMatchObject({ runbook: { name: "swap", step: "Note" } });
  });

  it("leaves out deselected steps, and is refused where one of them can't be done then", () => {
    expect(steps({ type: "runbook_run", runbook: "swap", skip: ["Down", "Up"] }, facts).map(({ key }) => key)).toEqual([
      "Note/script",
      "Check/action:smoke/runbook",
    ]);
    expect(generate({ type: "runbook_run", runbook: "swap", skip: ["Nope"] }, facts, false)).toMatchObject({
      refused: { code: "not_found" },
    });
    const fetching = { ...book, steps: book.steps.map((each) => (each.name === "Note" ? { ...each, repo: {} } : each)) };
    const sources = factsOf(app, { runbooks: [fetching], actions, targets: allStand });
    expect(generate({ type: "runbook_run", runbook: "swap", skip: [] }, sources, false)).toMatchObject({
      refused: { meta: { step: "Note" } },
    });
    expect(generate({ type: "runbook_run", runbook: "swap", skip: ["Note"] }, sources, false)).toHaveProperty("steps");
    const nothing = factsOf(app, { runbooks: [book], actions, targets: { sandbox: "active" } });
    expect(generate({ type: "runbook_run", runbook: "swap", skip: [] }, nothing, false)).toMatchObject({
      refused: { code: "state_conflict" },
    });
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
        const notPlans = planOnly ? list.filter((step) => !step.kind.endsWith(".plan") && !step.params.dry && step.skip === undefined) : [];
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
          .filter(
            (step) =>
              step.skip === undefined &&
              (step.kind === "component.plan" || step.kind === "component.sync") &&
              step.target !== "component:orphan",
          )
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
