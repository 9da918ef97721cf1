import type { ActionStepSpec } from "@berth/protocol/job-spec";
import type { Action } from "@berth/toml-schema/app-config";
import type { Renderer } from "../render-text.ts";

/** The steps of an action, rendered; without the sources that are packed for them. */
export function renderSteps(render: Pick<Renderer, "text" | "map">, steps: Action["steps"]): Omit<ActionStepSpec, "source">[] {
  return steps.map(({ name, envVars, command, inlineContents }) => ({
    name,
    envVars: render.map(envVars, `steps.${name}.env_vars`),
    ...(command === undefined ? {} : { command: render.text(command, `steps.${name}.command`) }),
    ...(inlineContents === undefined ? {} : { inlineContents: render.text(inlineContents, `steps.${name}.inline_contents`) }),
  }));
}
