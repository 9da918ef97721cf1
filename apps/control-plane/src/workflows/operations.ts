import type { GenerateFacts } from "./generate.ts";
import { stands, standingComponents } from "./stands.ts";

/** What a workflow does; the API's operations and what the system starts itself. */
export type Operation =
  | { type: "provision" }
  | { type: "reprovision"; skipComponents: boolean }
  | { type: "reprovision_sandbox"; skipComponents: boolean }
  | { type: "deprovision" }
  | { type: "deprovision_sandbox" }
  /** `builds` by component: deployed instead of those that the config names. */
  | { type: "deploy"; components: string[]; withDependents: boolean; builds?: Record<string, string> }
  | { type: "deploy_all" }
  | { type: "teardown"; components: string[]; withDependents: boolean }
  | { type: "teardown_all" }
  | { type: "input_update"; changed: string[] }
  /** What has to be deployed for the install to be what an app config says; found out when it starts. */
  | { type: "upgrade"; sandbox: boolean; components: string[]; secrets?: boolean }
  /** Reads the install's secrets where the customer keeps them, and writes them into the cluster. */
  | { type: "secrets_sync" }
  | { type: "component_toggle"; enable: string[]; disable: string[] }
  /** Targets to look at; all that stand where none are named. */
  | { type: "drift_check"; targets: string[] }
  | { type: "action_run"; action: string; trigger: string }
  /** A command or script that somebody gives for one run. */
  | { type: "adhoc_action"; name: string }
  /** `skip` names steps of the runbook that are left out. */
  | { type: "runbook_run"; runbook: string; skip: string[] };

export type OperationType = Operation["type"];
export type OperationOf<T extends OperationType> = Extract<Operation, { type: T }>;

/** Components that a part is about, with the words for them. */
export type Choice<O> = { told: string; of: (operation: O, facts: GenerateFacts) => string[] };
export type Condition<O> = { told: string; holds: (operation: O, facts: GenerateFacts) => boolean };

/**
 * One part of an operation. Parts come one after the other: all of one before any of the next.
 * `strict` parts refuse the operation where something they need is not there (`each` of the components can be deployed, or `any` of them can); the others leave
 * out what can't be done, and say so.
 */
export type Part<O = Operation> = {
  /** Put before the keys of its steps, where an operation may do the same twice. */
  prefix?: string;
  /** Left out unless this holds. */
  when?: Condition<O>;
} & (
  | { do: "hooks"; on: string }
  | { do: "deploy_sandbox" }
  | { do: "remove_sandbox"; strict?: boolean }
  | {
      do: "deploy_components";
      which: Choice<O>;
      strict?: "each" | "any";
      builds?: (operation: O) => Readonly<Record<string, string>>;
      around?: string;
    }
  | { do: "remove_components"; which: Choice<O>; strict?: boolean; dependents?: "refuse" | "take_along"; around?: string }
  /** A `strict` one is only looked at with plan only; the others are left out then. */
  | { do: "sync_secrets"; strict?: boolean }
  /** What syncs have written into the cluster goes. */
  | { do: "remove_secrets" }
  | { do: "check_drift"; targets: (operation: O) => readonly string[] }
  | { do: "action"; action: string; trigger: string; runbook?: { name: string; step: string } }
  | { do: "adhoc"; name: string }
  | { do: "script"; runbook: { name: string; step: string } }
);

/** An operation: what it is for, and its parts in order. */
export type OperationRow<O> = { does: string; parts: readonly Part<O>[] | ((operation: O, facts: GenerateFacts) => readonly Part<O>[]) };

const every = <O>(): Choice<O> => ({ told: "every component", of: (_operation, facts) => facts.graph.order });
const everyStanding = <O>(): Choice<O> => ({
  told: "every component that stands, also those that left the config",
  of: (_operation, facts) => standingComponents(facts),
});
const named: Choice<{ components: string[]; withDependents: boolean }> = {
  told: "the named components, and with `withDependents` all that depend on them",
  of: ({ components, withDependents }, facts) => [
    ...components,
    ...(withDependents ? components.flatMap((name) => facts.graph.dependents(name)) : []),
  ],
};
const anythingStands = <O>(): Condition<O> => ({
  told: "anything stands",
  holds: (_operation, facts) => stands(facts, "sandbox") || standingComponents(facts).length > 0,
});
const sandboxStands = <O>(): Condition<O> => ({ told: "it stands", holds: (_operation, facts) => stands(facts, "sandbox") });
const wanted: Condition<{ skipComponents: boolean }> = { told: "not `skipComponents`", holds: ({ skipComponents }) => !skipComponents };

const deployAll = <O>(only: { when?: Condition<O>; strict?: "any" } = {}): Part<O>[] => {
  const { strict: _strict, ...when } = only;
  return [
    { do: "hooks", on: "pre-deploy-all-components", ...when },
    { do: "deploy_components", which: every(), ...only },
    { do: "hooks", on: "post-deploy-all-components", ...when },
  ];
};
const needsSync = <O>(told = "", also: (operation: O) => boolean = () => true): Condition<O> => ({
  told: `${told}the config has secrets that go into Kubernetes or are generated`,
  holds: (operation, facts) => facts.secrets.needSync && also(operation),
});
const syncSecrets = <O>(when?: Condition<O>): Part<O>[] => {
  const only = when ? { when } : {};
  return [
    { do: "hooks", on: "pre-secrets-sync", ...only },
    { do: "sync_secrets", ...(when ? only : { strict: true }) },
    { do: "hooks", on: "post-secrets-sync", ...only },
  ];
};
const wroteSecrets = <O>(): Condition<O> => ({
  told: "a sync has written any",
  holds: (_operation, facts) => facts.secrets.wrote && stands(facts, "sandbox"),
});
const removeAll = <O>(): Part<O>[] => [
  { do: "hooks", on: "pre-teardown-all-components", when: anythingStands() },
  { do: "remove_components", which: everyStanding() },
  { do: "hooks", on: "post-teardown-all-components", when: anythingStands() },
];

/** Every operation: the one place that says what it consists of. `docs/operations.md` is made from it. */
export const operations: { readonly [T in OperationType]: OperationRow<OperationOf<T>> } = {
  provision: {
    does: "Builds everything: the sandbox, then every component in dependency order.",
    parts: [
      { do: "hooks", on: "pre-provision" },
      { do: "deploy_sandbox" },
      { do: "hooks", on: "post-provision-sandbox" },
      ...syncSecrets<OperationOf<"provision">>(needsSync()),
      ...deployAll<OperationOf<"provision">>(),
      { do: "hooks", on: "post-provision" },
    ],
  },
  reprovision: {
    does: "Brings everything that stands up to what the config says: the sandbox, then every component.",
    parts: [
      { do: "hooks", on: "pre-reprovision" },
      { do: "deploy_sandbox" },
      ...syncSecrets<OperationOf<"reprovision">>(needsSync()),
      ...deployAll<OperationOf<"reprovision">>({ when: wanted }),
      { do: "hooks", on: "post-reprovision" },
    ],
  },
  reprovision_sandbox: {
    does: "Brings the sandbox up to what the config says, then the components that are deployed into it.",
    parts: [
      { do: "hooks", on: "pre-reprovision-sandbox" },
      { do: "deploy_sandbox" },
      ...syncSecrets<OperationOf<"reprovision_sandbox">>(needsSync()),
      ...deployAll<OperationOf<"reprovision_sandbox">>({ when: wanted }),
      { do: "hooks", on: "post-reprovision-sandbox" },
    ],
  },
  deprovision: {
    does: "Removes everything: components in reverse order, the sandbox last.",
    parts: [
      { do: "hooks", on: "pre-deprovision", when: anythingStands() },
      ...removeAll<OperationOf<"deprovision">>(),
      { do: "remove_secrets", when: wroteSecrets() },
      { do: "remove_sandbox", when: sandboxStands() },
      { do: "hooks", on: "post-deprovision", when: anythingStands() },
    ],
  },
  deprovision_sandbox: {
    does: "Removes the sandbox. Refused while components stand in it.",
    parts: [
      { do: "hooks", on: "pre-deprovision-sandbox" },
      { do: "remove_secrets", when: wroteSecrets() },
      { do: "remove_sandbox", strict: true },
      { do: "hooks", on: "post-deprovision-sandbox" },
    ],
  },
  deploy: {
    does: "Deploys components: as the config has them, or an earlier build of them.",
    parts: [{ do: "deploy_components", which: named, strict: "each", builds: ({ builds }) => builds ?? {} }],
  },
  deploy_all: { does: "Deploys every component in dependency order.", parts: deployAll({ strict: "any" }) },
  teardown: {
    does: "Removes components. Refused while what depends on them stands, unless that is to go with them.",
    parts: (operation) => [
      {
        do: "remove_components",
        which: named,
        strict: true,
        dependents: operation.withDependents ? "take_along" : "refuse",
      },
    ],
  },
  teardown_all: { does: "Removes every component, dependents first; the sandbox stays.", parts: removeAll() },
  input_update: {
    does: "Deploys exactly what changed inputs reach, directly or through what depends on it.",
    parts: [
      { do: "hooks", on: "pre-update-inputs" },
      {
        do: "deploy_sandbox",
        when: {
          told: "it reads a changed input and stands",
          holds: ({ changed }, facts) => facts.graph.reachedByInputs(changed).sandbox && stands(facts, "sandbox"),
        },
      },
      {
        do: "deploy_components",
        which: {
          told: "components that read a changed input or depend on one that does, where they stand",
          of: ({ changed }, facts) => facts.graph.reachedByInputs(changed).components.filter((name) => stands(facts, `component:${name}`)),
        },
      },
      { do: "hooks", on: "post-update-inputs" },
    ],
  },
  upgrade: {
    does: "Moves an install to an app config and deploys what is not yet as it says: what changed, what depends on that, and what failed or does not stand.",
    parts: [
      { do: "deploy_sandbox", when: { told: "it changed", holds: ({ sandbox }) => sandbox } },
      ...syncSecrets<OperationOf<"upgrade">>(
        needsSync("the sandbox or a secret changed, and ", ({ sandbox, secrets = false }) => sandbox || secrets),
      ),
      { do: "deploy_components", which: { told: "components that changed or depend on one that did", of: ({ components }) => components } },
    ],
  },
  secrets_sync: {
    does: "Reads the install's secrets where the customer keeps them, makes those that are generated and not there yet, and writes them into the cluster. Values stay on the runner.",
    parts: syncSecrets(),
  },
  component_toggle: {
    does: "Turns toggleable components on and off: what is turned on is deployed, what is turned off is removed.",
    parts: [
      {
        do: "deploy_components",
        around: "enable-component",
        which: {
          told: "components that are turned on, where the sandbox stands",
          of: ({ enable }, facts) => (stands(facts, "sandbox") ? enable : []),
        },
      },
      {
        do: "remove_components",
        around: "disable-component",
        which: {
          told: "components that are turned off, where they stand",
          of: ({ disable }, facts) => disable.filter((name) => stands(facts, `component:${name}`)),
        },
      },
    ],
  },
  drift_check: {
    does: "Plans what stands with the config and the build it was deployed with, and records what is different. Nothing is applied.",
    parts: [{ do: "check_drift", targets: ({ targets }) => targets }],
  },
  action_run: {
    does: "Runs an action.",
    parts: ({ action, trigger }) => [{ do: "action", action, trigger }],
  },
  adhoc_action: {
    does: "Runs a command or a script that is given for this one run.",
    parts: ({ name }) => [{ do: "adhoc", name }],
  },
  runbook_run: {
    does: "Does the steps of a runbook, one after the other, without those that were deselected.",
    parts: ({ runbook, skip }, facts) =>
      (facts.runbooks.find(({ name }) => name === runbook)?.steps ?? [])
        .filter(({ name }) => !skip.includes(name))
        .flatMap((step) => runbookParts(runbook, step).map((part) => ({ ...part, prefix: `${step.name}/` }))),
  },
};

type RunbookStep = GenerateFacts["runbooks"][number]["steps"][number];

/** The parts of a step of a runbook, by its type. */
export const runbookSteps: Readonly<Record<string, (step: RunbookStep, runbook: string) => Part<OperationOf<"runbook_run">>[]>> = {
  component_deploy: (step) => [
    {
      do: "deploy_components",
      strict: "each",
      which: {
        told: "its component",
        of: (_operation, facts) => named.of({ components: component(step), withDependents: step.deployDependents }, facts),
      },
    },
  ],
  component_tear_down: (step) => [
    {
      do: "remove_components",
      strict: true,
      dependents: step.tearDownDependents ? "take_along" : "refuse",
      which: { told: "its component", of: () => component(step) },
    },
  ],
  tear_down_components_all: () => removeAll(),
  sandbox_reprovision: (step) => [
    { do: "hooks", on: "pre-reprovision-sandbox" },
    { do: "deploy_sandbox" },
    ...syncSecrets<OperationOf<"runbook_run">>(needsSync()),
    ...(step.skipComponentDeploys ? [] : deployAll<OperationOf<"runbook_run">>()),
    { do: "hooks", on: "post-reprovision-sandbox" },
  ],
  sandbox_deprovision: () => [
    { do: "hooks", on: "pre-deprovision-sandbox" },
    { do: "remove_secrets", when: wroteSecrets() },
    { do: "remove_sandbox", strict: true },
    { do: "hooks", on: "post-deprovision-sandbox" },
  ],
  action: (step, runbook) => [
    step.actionName === undefined
      ? { do: "script", runbook: { name: runbook, step: step.name } }
      : { do: "action", action: step.actionName, trigger: "runbook", runbook: { name: runbook, step: step.name } },
  ],
};

function runbookParts(runbook: string, step: RunbookStep): Part<OperationOf<"runbook_run">>[] {
  return runbookSteps[step.type]?.(step, runbook) ?? [];
}

function component(step: RunbookStep): string[] {
  return step.componentName === undefined ? [] : [step.componentName];
}
