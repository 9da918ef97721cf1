import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { dependencyGraph } from "@berth/toml-schema/graph";
import { loadApp } from "@berth/toml-schema/load";
import { describe, expect, it } from "vitest";
import { needsBuild } from "../configs/targets.ts";
import { secretFacts } from "../secrets/facts.ts";
import { generate, type GenerateFacts, type Operation } from "./generate.ts";

const root = join(import.meta.dirname, "../../../..");
/** Real app directories, kept beside the repository. */
const corpus = join(root, "../shared/corpus");
const present = existsSync(corpus);
if (!present) process.stderr.write(`!! Steps are checked for the examples only: ${corpus} with real apps is not there\n`);
const goldens = new URL("testing/steps.golden.json", import.meta.url);
const golden = (): Record<string, unknown> => JSON.parse(readFileSync(goldens, "utf8")) as Record<string, unknown>;
const update = process.env.BERTH_UPDATE_GOLDEN === "1";

function factsOf(config: AppConfig, standing: boolean): GenerateFacts {
  const targets = ["sandbox", ...config.components.map(({ name }) => `component:${name}`)];
  return {
    graph: dependencyGraph(config),
    sandboxKind: config.sandbox.kind,
    components: Object.fromEntries(config.components.map(({ name, type }) => [name, type])),
    actions: config.actions,
    runbooks: config.runbooks,
    control: {},
    targets: standing ? Object.fromEntries(targets.map((target) => [target, "active" as const])) : {},
    toggleable: config.components.flatMap(({ name, toggleable }) => (toggleable ? [name] : [])),
    disabled: config.components.flatMap(({ name, toggleable, defaultEnabled }) => (toggleable && !defaultEnabled ? [name] : [])),
    orphans: {},
    made: {},
    unbuilt: config.components.flatMap((component) => (needsBuild(component) ? [] : [component.name])),
    secrets: secretFacts(config.secrets, false),
  };
}

/** Every operation that makes sense on an app. */
function operationsOn(config: AppConfig): Operation[] {
  const order = dependencyGraph(config).order;
  const toggleable = config.components.flatMap(({ name, toggleable: can }) => (can ? [name] : []));
  return [
    { type: "provision" },
    { type: "reprovision", skipComponents: false },
    { type: "reprovision_sandbox", skipComponents: true },
    { type: "deploy_all" },
    ...order.slice(0, 1).map((name): Operation => ({ type: "deploy", components: [name], withDependents: true })),
    ...order.slice(0, 1).map((name): Operation => ({ type: "teardown", components: [name], withDependents: true })),
    ...config.inputs.inputs.map(({ name }): Operation => ({ type: "input_update", changed: [name] })),
    ...(toggleable.length > 0 ? [{ type: "component_toggle", enable: toggleable, disable: [] } satisfies Operation] : []),
    ...config.actions.map(({ name }): Operation => ({ type: "action_run", action: name, trigger: "manual" })),
    ...config.runbooks.map(({ name }): Operation => ({ type: "runbook_run", runbook: name, skip: [] })),
    ...(config.secrets.length > 0 ? [{ type: "secrets_sync" } satisfies Operation] : []),
    { type: "teardown_all" },
    { type: "deprovision" },
  ];
}

/** The steps of every operation, in words; of an operation that is refused, why. */
async function stepsOf(dir: string): Promise<Record<string, string[]>> {
  const { config } = await loadApp({ dir, offline: true });
  if (!config) throw new Error(`${dir} has no config`);
  return Object.fromEntries(
    operationsOn(config).flatMap((operation) =>
      [false, true].map((planOnly): [string, string[]] => {
        const generated = generate(operation, factsOf(config, operation.type !== "provision"), planOnly);
        const name = `${JSON.stringify(operation)}${planOnly ? " plan only" : ""}`;
        if ("refused" in generated) return [name, [`refused: ${generated.refused.message}`]];
        return [
          name,
          generated.steps.map((step) => `${step.key} <- ${step.needs.join(", ")}${step.skip === undefined ? "" : ` (${step.skip})`}`),
        ];
      }),
    ),
  );
}

describe("the steps of every operation", () => {
  it("on the examples are what they were", async () => {
    const found: Record<string, unknown> = {};
    for (const app of readdirSync(join(root, "examples")).toSorted()) found[app] = await stepsOf(join(root, "examples", app));
    if (update) writeFileSync(goldens, `${JSON.stringify({ ...golden(), examples: found }, undefined, 1)}\n`);
    expect(found).toEqual(golden()["examples"]);
  });

  // What real apps look like is theirs: only a digest per operation is kept here.
  it.skipIf(!present)("on real apps are what they were", async () => {
    const found: Record<string, Record<string, string>> = {};
    for (const app of readdirSync(corpus).toSorted()) {
      const steps = await stepsOf(join(corpus, app));
      found[app] = Object.fromEntries(
        Object.values(steps).map((lines, index) => [String(index), `${lines.length} ${sha256(lines.join("\n")).slice(7, 19)}`]),
      );
      const before = (golden()["corpus"] as Record<string, Record<string, string>> | undefined)?.[app] ?? {};
      const changed = Object.entries(steps).filter((_entry, index) => before[String(index)] !== found[app]?.[String(index)]);
      if (!update) expect(Object.fromEntries(changed), `steps of ${app} changed`).toEqual({});
    }
    if (update) writeFileSync(goldens, `${JSON.stringify({ ...golden(), corpus: found }, undefined, 1)}\n`);
    expect(found).toEqual(golden()["corpus"]);
  });
});
