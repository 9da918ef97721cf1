import type { ComponentType, Sandbox } from "@berth/toml-schema/app-config";
import type { TargetState } from "../db/schema.ts";
import { secretsTree, type SecretFacts } from "../secrets/tree.ts";

type Values = Record<string, unknown>;

/** What the state tree of an install is made of. */
export type TreeFacts = {
  org: { id: string; name: string };
  app: { id: string; name: string };
  install: { id: string; name: string; state: string; labels: Record<string, string> };
  inputs: Values;
  /** What the stack in the customer's account has put out, as somebody has told. */
  stackOutputs: Values;
  sandbox: Pick<Sandbox, "repo">;
  /** Components of the config; `varName` is their key in templates where it differs from their name. */
  components: readonly { name: string; type: ComponentType; varName?: string | undefined }[];
  /** Ids of the app's components by name. */
  componentIds: Readonly<Record<string, string>>;
  targets: readonly { target: string; state: TargetState; buildId: string | null; outputs: Values }[];
  /** The last run that succeeded of each action. */
  actions: readonly { action: string; runId: string; outputs: Values; steps: Values }[];
  /** What is known of the config's secrets; never their values. */
  secrets: readonly SecretFacts[];
  runner: { id: string; state: string } | null;
};

/** The tree below `.nuon` (and `.berth`) that templates read. Pure. */
export function stateTree(facts: TreeFacts): Values {
  const { id, name, labels, state } = facts.install;
  const sandbox = sandboxOf(facts);
  const workflows = facts.actions.map(({ action, runId, outputs, steps }) => [
    action,
    { id: runId, status: "succeeded", populated: true, outputs: { ...outputs, steps } },
  ]);
  const stack = stackOf(facts);
  const secrets = facts.secrets.length > 0 ? { secrets: secretsTree(facts.secrets, { sandbox, ...stack }) } : {};
  return {
    id,
    name,
    org: { ...facts.org, status: "active" },
    app: { ...facts.app, status: "active" },
    install: { id, name, status: state, labels, inputs: facts.inputs, sandbox, ...secrets },
    ...secrets,
    inputs: { inputs: facts.inputs },
    sandbox,
    ...stack,
    components: componentsOf(facts),
    actions: { populated: workflows.length > 0, workflows: Object.fromEntries(workflows) },
    ...(facts.runner ? { runner: { id: facts.runner.id, status: facts.runner.state } } : {}),
  };
}

/** The stack, with what templates in the field expect of every one; and what it tells of the account, where they read that by another name. */
function stackOf({ stackOutputs, inputs }: TreeFacts): Values {
  const { region, location = region, project_id, subscription_id } = stackOutputs;
  const populated = Object.keys(stackOutputs).length > 0;
  const outputs = { custom_role_arns: {}, break_glass_role_arns: {}, ...stackOutputs, install_inputs: inputs };
  const known = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return {
    install_stack: { status: populated ? "active" : "inactive", populated, outputs },
    cloud_account: { aws: known({ region }), azure: known({ location, subscription_id }), gcp: known({ region, project_id }) },
  };
}

/** What of a tree is a property of what stands, and not of how things are at the moment: what versions of it are kept of. Pure. */
export function lasting(tree: Values): Values {
  const { runner: _runner, install, ...rest } = tree;
  const { status: _status, ...kept } = install as Values;
  return { ...rest, install: kept };
}

/** `type` is what scripts in the field know a sandbox by: the last part of where its source lies. */
function sandboxOf({ sandbox, targets }: TreeFacts): Values {
  const row = targets.find(({ target }) => target === "sandbox");
  const { repo, directory, branch } = sandbox.repo;
  const parts = `${repo.replace(/\.git$/, "")}/${directory}`.split("/").filter((part) => part !== "" && part !== ".");
  return {
    status: row?.state ?? "inactive",
    populated: row?.state === "active",
    type: parts.at(-1) ?? "",
    version: branch,
    build_id: row?.buildId ?? null,
    outputs: row?.outputs ?? {},
  };
}

/** Those of the config, whether they stand or not, and those that stand without being in it any more. */
function componentsOf({ components, componentIds, targets }: TreeFacts): Values {
  const rows = new Map(targets.map((row) => [row.target, row]));
  const orphans = targets.flatMap(({ target }) => {
    const name = target.slice("component:".length);
    return target.startsWith("component:") && !components.some((each) => each.name === name) ? [{ name, type: null }] : [];
  });
  return Object.fromEntries(
    [...components, ...orphans].flatMap((component) => {
      const { name, type } = component;
      const row = rows.get(`component:${name}`);
      const id = componentIds[name] ?? null;
      const entry = {
        id,
        component_id: id,
        name,
        ...(type === null ? {} : { type }),
        status: row?.state ?? "inactive",
        populated: row?.state === "active",
        build_id: row?.buildId ?? null,
        outputs: row?.outputs ?? {},
      };
      const alias = "varName" in component ? component.varName : undefined;
      return alias === undefined || alias === name
        ? [[name, entry]]
        : [
            [name, entry],
            [alias, entry],
          ];
    }),
  );
}
