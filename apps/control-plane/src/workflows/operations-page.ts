import type { GenerateFacts } from "./generate.ts";
import { operations, runbookSteps, type Operation, type OperationRow, type OperationType, type Part } from "./operations.ts";

/** Operations whose parts depend on what is asked for, with a sample. */
const samples: { [T in OperationType]?: Extract<Operation, { type: T }> } = {
  teardown: { type: "teardown", components: [], withDependents: false },
  action_run: { type: "action_run", action: "", trigger: "manual" },
  adhoc_action: { type: "adhoc_action", name: "" },
};
const noFacts: GenerateFacts = {
  graph: { order: [], dependencies: () => [], dependents: () => [], reachedByInputs: () => ({ sandbox: false, components: [] }) },
  sandboxKind: "terraform",
  components: {},
  actions: [],
  runbooks: [],
  control: {},
  targets: {},
  toggleable: [],
  disabled: [],
  orphans: {},
  made: {},
  unbuilt: [],
  secrets: { any: false, needSync: false, inCluster: false, wrote: false },
};
const sampleStep = { name: "", type: "", deployDependents: false, tearDownDependents: false, skipComponentDeploys: false };

/** `docs/operations.md`: every operation with its parts and their conditions, from the table that the generator itself reads. */
export function operationsPage(): string {
  const sections = Object.entries(operations).map(([type, row]) => section(type as OperationType, row as OperationRow<Operation>));
  return `${head}\n${sections.join("\n")}`;
}

const head = `# Operations and their steps

What an operation on an install consists of. This page is made from the table that the generator of steps reads (\`apps/control-plane/src/workflows/operations.ts\`): it is what happens.

- Parts come one after the other: all of one before any of the next. Inside a part, components go side by side as far as their dependencies allow.
- **Deploying** a target is two steps: a plan, which waits for approval when it changes something, and the apply of exactly that plan. A plan without changes ends both. An image has no plan: it is
  copied in one step.
- **Removing** is the same with a plan that removes. What stands is removed the way it was made, with the build and the app config it was last applied with. Dependents go before what they depend on.
- Around each component that is deployed run actions on \`pre-deploy-component\` and \`post-deploy-component\`, around each that is removed \`pre-teardown-component\` and \`post-teardown-component\`, where they name it.
- Actions on one trigger run one after the other: by \`index\`, then by name. A failed one can be retried or skipped.
- A condition is about what there is when the operation starts.
- With **plan only** there are the plans alone, side by side: nothing is applied, no action runs, nothing waits for an approval.
- A component that can't be deployed (turned off, of a type that can't be deployed yet, or in need of such a one) is left out of operations on all components, with a skipped step that says why; asked for by name it is refused before anything starts.
- \`--preview\` shows the steps of an operation on an install as it is now, without starting it.
`;

function section(type: OperationType, row: OperationRow<Operation>): string {
  const title = `## ${type}\n\n${row.does}\n`;
  if (type === "runbook_run") {
    const kinds = Object.entries(runbookSteps).map(([kind, partsOf]) => {
      const parts = partsOf({ ...sampleStep, type: kind, ...(kind === "action" ? { actionName: "" } : {}) }, "");
      const told = parts.map((part) => sentence(part as Part)).join("; then ");
      return `| \`${kind}\` | ${kind === "action" ? "the action, or the script that the step brings" : told} |`;
    });
    return `${title}\n| step of the runbook | what it does |\n|---|---|\n${kinds.join("\n")}\n`;
  }
  const sample = samples[type];
  const parts = typeof row.parts === "function" ? (sample ? row.parts(sample, noFacts) : []) : row.parts;
  const lines = parts.map((part, index) => `${index + 1}. ${sentence(part)}${part.when ? ` (where ${part.when.told})` : ""}`);
  return `${title}\n${lines.join("\n")}\n`;
}

function sentence(part: Part): string {
  switch (part.do) {
    case "hooks":
      return `actions on \`${part.on}\``;
    case "deploy_sandbox":
      return "deploy the sandbox";
    case "remove_sandbox":
      return `remove the sandbox${part.strict ? "; refused while components stand in it" : ""}`;
    case "deploy_components":
      return `deploy ${part.which.told}${around(part.around)}`;
    case "remove_components":
      return `remove ${part.which.told}${part.dependents === "refuse" ? "; refused while what depends on them stands and is not named too" : ""}${around(part.around)}`;
    case "sync_secrets":
      return `sync the secrets${part.strict ? "" : "; not with plan only"}`;
    case "remove_secrets":
      return "take the secrets that were written into the cluster out of it; not with plan only";
    case "check_drift":
      return "plan the named targets, or all that stand, side by side, each as it was deployed";
    case "action":
      return "the action";
    case "adhoc":
      return "the command or script";
    case "script":
      return "the script";
  }
}

function around(event: string | undefined): string {
  return event === undefined ? "" : `, with actions on \`pre-${event}\` and \`post-${event}\` outermost`;
}
