import type { GenerateFacts, GeneratedStep, StepParams, TargetControl } from "./generate.ts";
import type { JobFamily } from "./job-family.ts";

const nothingToPlan = "Left out: an image has nothing to plan; it is copied when it is deployed";

/**
 * Adds the steps of a target: the plan and, unless only plans are wanted, the apply; of an image, which has no plan, the one that copies it.
 * @returns the key of the last one
 */
export function addTarget(
  steps: GeneratedStep[],
  input: {
    target: string;
    destroy: boolean;
    needs: readonly string[];
    planOnly: boolean;
    prefix?: string;
    build?: string;
    asMade?: boolean;
    control?: TargetControl;
    blocks?: readonly string[];
    family?: JobFamily;
    unbuilt?: boolean;
    skip?: string;
  },
): string {
  const { target, destroy, family, unbuilt, prefix = "" } = input;
  const needs = [...input.needs];
  const of = target === "sandbox" ? "sandbox" : "component";
  const params: StepParams = {
    destroy,
    skippable: of === "component",
    ...(family === undefined ? {} : { family }),
    ...(unbuilt ? { unbuilt } : {}),
    ...(input.build === undefined ? {} : { build: input.build }),
    ...(input.asMade ? { asMade: true } : {}),
    ...(input.control?.retries ? { retries: input.control.retries } : {}),
  };
  if (family === "image") {
    const key = `${prefix}${target}/${destroy ? "unsync" : "sync"}`;
    const skip = input.skip ?? (input.planOnly ? nothingToPlan : undefined);
    steps.push({ key, kind: "component.sync", target, params, needs, ...(skip === undefined ? {} : { skip }) });
    return addVerify(steps, { ...input, after: key });
  }
  const planKey = `${prefix}${target}/${destroy ? "plan-teardown" : "plan"}`;
  const planParams = {
    ...params,
    ...(input.control?.byPolicies ? { byPolicies: true } : {}),
    ...(input.blocks && input.blocks.length > 0 ? { blocks: [...input.blocks] } : {}),
  };
  steps.push({
    key: planKey,
    kind: `${of}.plan`,
    target,
    params: planParams,
    needs,
    ...(input.skip === undefined ? {} : { skip: input.skip }),
  });
  if (input.planOnly) return planKey;
  const key = `${prefix}${target}/${destroy ? "teardown" : "apply"}`;
  steps.push({ key, kind: `${of}.apply`, target, params: { ...params, plan: planKey }, needs: [planKey] });
  return addVerify(steps, { ...input, after: key });
}

/** After a deploy whose component tells how its health is judged: a step that waits for it. @returns the key of the last step */
function addVerify(
  steps: GeneratedStep[],
  input: { target: string; destroy: boolean; planOnly: boolean; skip?: string; prefix?: string; control?: TargetControl; after: string },
): string {
  const { control, target, after } = input;
  if (!control?.verify || input.destroy || input.planOnly || input.skip !== undefined) return after;
  const key = `${input.prefix ?? ""}${target}/verify`;
  steps.push({ key, kind: "component.verify", target, params: { skippable: true, verify: control.verify }, needs: [after] });
  return key;
}

/** Adds one step per action on a trigger, one after the other: by index, then by name. Returns the key of the last one. */
export function addHooks(
  steps: GeneratedStep[],
  facts: GenerateFacts,
  input: { trigger: string; component?: string; needs: readonly string[]; prefix?: string },
): string | undefined {
  const matching = facts.actions
    .flatMap((action) => action.triggers.map((trigger) => ({ name: action.name, ...trigger })))
    .filter((trigger) => trigger.type === input.trigger && trigger.componentName === input.component)
    .toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  let last: string | undefined;
  for (const name of new Set(matching.map((trigger) => trigger.name))) {
    const step = actionStep({
      action: name,
      ...(facts.actions.some((action) => action.name === name && action.image !== undefined)
        ? { skip: "Left out: it runs in an image, which runners can't do yet" }
        : {}),
      trigger: input.trigger,
      needs: last === undefined ? input.needs : [last],
      ...(input.prefix === undefined ? {} : { prefix: input.prefix }),
      ...(input.component === undefined ? {} : { component: input.component }),
    });
    steps.push(step);
    last = step.key;
  }
  return last;
}

/** A step that runs an action. */
export function actionStep(input: {
  action: string;
  trigger: string;
  needs: readonly string[];
  component?: string;
  skip?: string;
  prefix?: string;
  runbook?: { name: string; step: string };
}): GeneratedStep {
  return {
    key: `${input.prefix ?? ""}action:${input.action}/${input.trigger}${input.component === undefined ? "" : `:${input.component}`}`,
    kind: "action",
    params: {
      action: input.action,
      trigger: input.trigger,
      skippable: true,
      ...(input.runbook === undefined ? {} : { runbook: input.runbook }),
      ...(input.component === undefined ? {} : { branch: `component:${input.component}` }),
    },
    needs: [...input.needs],
    ...(input.skip === undefined ? {} : { skip: input.skip }),
  };
}

/** A step that runs a script which a runbook brings itself. */
export function scriptStep({ runbook, needs }: { runbook: { name: string; step: string }; needs: readonly string[] }): GeneratedStep {
  return {
    key: `${runbook.step}/script`,
    kind: "action",
    params: { action: `${runbook.name}/${runbook.step}`, runbook, trigger: "runbook", skippable: true },
    needs: [...needs],
  };
}

/** The step that syncs an install's secrets, only looks at them, or takes what was written out of the cluster. */
export function secretsStep(input: {
  does: "sync" | "check" | "remove";
  needs: readonly string[];
  inCluster: boolean;
  prefix?: string;
}): GeneratedStep {
  const { does } = input;
  return {
    key: `${input.prefix ?? ""}secrets/${does}`,
    kind: "secrets.sync",
    target: "secrets",
    params: {
      unbuilt: true,
      skippable: true,
      ...(does === "check" ? { dry: true } : {}),
      ...(does === "remove" ? { destroy: true } : {}),
      ...(input.inCluster ? {} : { noCluster: true }),
    },
    needs: [...input.needs],
  };
}

/** The step of a command that is given for one run. */
export function adhocStep(name: string): GeneratedStep {
  return { key: "adhoc", kind: "action", params: { action: `adhoc/${name}`, trigger: "manual", adhoc: true }, needs: [] };
}
