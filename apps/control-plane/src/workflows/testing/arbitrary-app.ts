import * as fc from "fast-check";
import type { AppConfig, ComponentType } from "@berth/toml-schema/app-config";
import { dependencyGraph } from "@berth/toml-schema/graph";
import type { TargetState } from "../../db/schema.ts";
import type { GenerateFacts, Operation } from "../generate.ts";

const repo = { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" };
const control = { maxAutoRetries: 0, skipNoops: true, autoApproveOnPoliciesPassing: false };

export type SmallApp = { needs: Record<string, string[]>; reads: Record<string, string[]>; sandboxReads: string[] };

/** Facts for the generator from a small description: components with their dependencies, and the inputs they read. */
export function factsOf(
  app: SmallApp,
  more: {
    actions?: GenerateFacts["actions"];
    targets?: Record<string, TargetState>;
    orphans?: GenerateFacts["orphans"];
    made?: GenerateFacts["made"];
    types?: Record<string, ComponentType>;
    control?: GenerateFacts["control"];
    toggleable?: string[];
    disabled?: string[];
    runbooks?: GenerateFacts["runbooks"];
    secrets?: GenerateFacts["secrets"];
  } = {},
): GenerateFacts {
  const reads = (names: string[]): AppConfig["sandbox"]["references"] =>
    names.map((name) => (name === "sandbox" ? { kind: "sandbox", name: "", path: [] } : { kind: "input", name, path: [] }));
  const config: Pick<AppConfig, "components" | "sandbox"> = {
    sandbox: {
      kind: "terraform",
      terraformVersion: "1.11.4",
      vars: {},
      varFiles: [],
      file: "",
      repo,
      envVars: {},
      operationRoles: [],
      references: reads(app.sandboxReads),
      ...control,
    },
    components: Object.entries(app.needs).map(([name, dependencies]) => ({
      type: "terraform_module",
      file: "",
      name,
      dependencies,
      labels: {},
      operationRoles: [],
      toggleable: false,
      defaultEnabled: true,
      buildTimeoutSeconds: 60,
      deployTimeoutSeconds: 60,
      references: reads(app.reads[name] ?? []),
      terraformVersion: "1.11.4",
      repo,
      vars: {},
      envVars: {},
      varFiles: [],
      ...control,
    })),
  };
  return {
    graph: dependencyGraph(config),
    sandboxKind: "terraform",
    components: Object.fromEntries(Object.keys(app.needs).map((name) => [name, more.types?.[name] ?? "terraform_module"])),
    actions: more.actions ?? [],
    runbooks: more.runbooks ?? [],
    toggleable: more.toggleable ?? [],
    disabled: more.disabled ?? [],
    control: more.control ?? {},
    targets: more.targets ?? {},
    orphans: more.orphans ?? {},
    made: more.made ?? {},
    unbuilt: Object.keys(app.needs).filter((name) => more.types?.[name] === "job"),
    secrets: more.secrets ?? { any: false, needSync: false, inCluster: false, wrote: false },
  };
}

/** Random apps: up to eight components, each depending on some of those before it. */
export const arbitraryApp: fc.Arbitrary<SmallApp> = fc
  .array(fc.record({ needs: fc.array(fc.nat(7), { maxLength: 3 }), reads: fc.subarray(["x", "y", "sandbox"]) }), { maxLength: 8 })
  .chain((components) =>
    fc.subarray(["x", "y"]).map((sandboxReads) => ({
      needs: Object.fromEntries(
        components.map(({ needs }, index) => [
          `c${index}`,
          [...new Set(needs.filter((need) => need < index).map((need) => `c${need}`))].toSorted(),
        ]),
      ),
      reads: Object.fromEntries(components.map(({ reads }, index) => [`c${index}`, reads])),
      sandboxReads,
    })),
  );

const arbitraryRunbook: fc.Arbitrary<GenerateFacts["runbooks"][number]> = fc
  .array(
    fc.record({
      type: fc.constantFrom(
        "component_deploy",
        "component_tear_down",
        "tear_down_components_all",
        "action",
        "sandbox_reprovision",
        "sandbox_deprovision",
      ),
      componentName: fc.constantFrom("c0", "c1", "c2"),
      deployDependents: fc.boolean(),
      tearDownDependents: fc.boolean(),
      skipComponentDeploys: fc.boolean(),
      actionName: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((steps) => ({ name: "book", steps: steps.map((step, index) => ({ ...step, name: `s${index}` })) }));

export const arbitraryFacts: fc.Arbitrary<GenerateFacts> = arbitraryApp.chain((app) => {
  const names = Object.keys(app.needs);
  const state = fc.constantFrom<TargetState[]>("pending", "active", "error", "inactive");
  const type = fc.constantFrom<ComponentType[]>("terraform_module", "terraform_module", "helm_chart", "container_image", "job");
  return fc
    .record({
      types: fc.array(type, { minLength: names.length, maxLength: names.length }),
      targets: fc.dictionary(fc.constantFrom("sandbox", "component:orphan", ...names.map((name) => `component:${name}`)), state),
      toggleable: fc.subarray(names),
      disabled: fc.subarray(names),
      secrets: fc.constantFrom(
        { any: false, needSync: false, inCluster: false, wrote: false },
        { any: true, needSync: true, inCluster: false, wrote: false },
        { any: true, needSync: true, inCluster: true, wrote: true },
      ),
      runbook: arbitraryRunbook,
      actions: fc.array(
        fc.record({
          name: fc.constantFrom("a", "b", "c"),
          triggers: fc.array(
            fc.oneof(
              fc.record({
                type: fc.constantFrom(
                  "pre-provision",
                  "post-provision",
                  "pre-deploy-all-components",
                  "post-deprovision",
                  "pre-teardown-all-components",
                  "post-update-inputs",
                  "pre-reprovision-sandbox",
                  "pre-secrets-sync",
                  "post-secrets-sync",
                ),
              }),
              fc.record({
                type: fc.constantFrom(
                  "pre-deploy-component",
                  "post-deploy-component",
                  "pre-teardown-component",
                  "post-disable-component",
                  "pre-enable-component",
                ),
                componentName: fc.constantFrom("none", ...names),
                index: fc.nat(2),
              }),
            ),
            { maxLength: 3 },
          ),
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ types, targets, actions, toggleable, disabled, runbook, secrets }) =>
      factsOf(app, {
        secrets,
        targets,
        toggleable,
        disabled: disabled.filter((name) => toggleable.includes(name)),
        runbooks: [runbook],
        types: Object.fromEntries(names.map((name, index) => [name, types[index] ?? "terraform_module"])),
        actions: actions.filter((action, index) => actions.findIndex((other) => other.name === action.name) === index),
        orphans: targets["component:orphan"] === undefined ? {} : { orphan: names.slice(0, 1) },
      }),
    );
});

const someComponents = fc.uniqueArray(fc.constantFrom("c0", "c1", "c2", "c3", "orphan", "nope"), { minLength: 1, maxLength: 3 });

export const arbitraryOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom<Operation[]>(
    { type: "provision" },
    { type: "deploy_all" },
    { type: "deprovision" },
    { type: "deprovision_sandbox" },
    { type: "teardown_all" },
    { type: "secrets_sync" },
  ),
  fc.record({ type: fc.constantFrom("reprovision" as const, "reprovision_sandbox" as const), skipComponents: fc.boolean() }),
  fc.record({ type: fc.constantFrom("deploy" as const, "teardown" as const), components: someComponents, withDependents: fc.boolean() }),
  fc.record({ type: fc.constant("input_update" as const), changed: fc.subarray(["x", "y", "z"], { minLength: 1 }) }),
  fc.record({
    type: fc.constant("component_toggle" as const),
    enable: fc.subarray(["c0", "c1", "c2", "c3"]),
    disable: fc.subarray(["c0", "c1", "c2", "c3"]),
  }),
  fc.record({ type: fc.constant("action_run" as const), action: fc.constantFrom("a", "b", "nope"), trigger: fc.constant("manual") }),
  fc.record({ type: fc.constant("runbook_run" as const), runbook: fc.constantFrom("book", "nope"), skip: fc.subarray(["s0", "s2"]) }),
);
