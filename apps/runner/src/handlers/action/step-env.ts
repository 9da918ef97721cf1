import type { ActionRunSpec, ActionStepSpec } from "@berth/protocol/job-spec";

/**
 * The environment of a step: the allow-listed one, what the vendor's action and step say, and what Berth tells every script. The latter also under the
 * `NUON_` names that scripts in the field know, and wins.
 */
export function stepEnv(input: {
  base: Readonly<Record<string, string>>;
  spec: ActionRunSpec;
  step: ActionStepSpec;
  installId: string;
  root: string;
  home: string;
  temporary: string;
  outputFile: string;
}): Record<string, string> {
  const { spec, step } = input;
  const told: Record<string, string> = {
    ACTIONS_ROOT: input.root,
    ACTIONS_OUTPUT_FILEPATH: input.outputFile,
    INSTALL_ID: input.installId,
    ACTION_NAME: spec.action,
    ACTION_RUN_ID: spec.runId,
    ACTION_STEP_NAME: step.name,
    TRIGGER_TYPE: spec.trigger,
    KUBECONFIG_ENABLED: String(spec.cluster !== undefined),
  };
  const named = Object.entries(told).flatMap(([name, value]) => [
    [`BERTH_${name}`, value],
    [`NUON_${name}`, value],
  ]);
  return {
    ...input.base,
    HOME: input.home,
    TMPDIR: input.temporary,
    TRIGGER_TYPE: spec.trigger,
    ...spec.envVars,
    ...step.envVars,
    ...(Object.fromEntries(named) as Record<string, string>),
  };
}
