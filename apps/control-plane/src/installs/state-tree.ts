import type { TargetState } from "../db/schema.ts";

/** What the state tree of an install is made of. */
export type TreeFacts = {
  org: { id: string; name: string };
  app: { id: string; name: string };
  install: { id: string; name: string };
  inputs: Record<string, unknown>;
  targets: readonly { target: string; state: TargetState; buildId: string | null; outputs: Record<string, unknown> }[];
  /** The last run that succeeded of each action. */
  actions: readonly { action: string; runId: string; outputs: Record<string, unknown>; steps: Record<string, unknown> }[];
  runner: { id: string; state: string } | null;
  /** Components whose key in templates differs from their name. */
  varNames: Readonly<Record<string, string>>;
};

/** The tree below `.nuon` (and `.berth`) that templates read. */
export function stateTree(facts: TreeFacts): Record<string, unknown> {
  const sandboxRow = facts.targets.find(({ target }) => target === "sandbox");
  const sandbox = { status: sandboxRow?.state ?? "inactive", type: "terraform", outputs: sandboxRow?.outputs ?? {} };
  return {
    id: facts.install.id,
    name: facts.install.name,
    org: facts.org,
    app: facts.app,
    install: { ...facts.install, inputs: facts.inputs, sandbox },
    inputs: { inputs: facts.inputs },
    sandbox,
    components: Object.fromEntries(
      facts.targets
        .filter(({ target }) => target.startsWith("component:"))
        .flatMap(({ target, state, buildId, outputs }) => {
          const name = target.slice("component:".length);
          const entry = { status: state, build_id: buildId, outputs };
          const alias = facts.varNames[name];
          return alias === undefined
            ? [[name, entry]]
            : [
                [name, entry],
                [alias, entry],
              ];
        }),
    ),
    actions: {
      workflows: Object.fromEntries(
        facts.actions.map(({ action, runId, outputs, steps }) => [
          action,
          { id: runId, status: "succeeded", outputs: { ...outputs, steps } },
        ]),
      ),
    },
    ...(facts.runner ? { runner: { id: facts.runner.id, status: facts.runner.state } } : {}),
  };
}
