import type { Sandbox } from "@berth/toml-schema/app-config";
import { withOver } from "../../overrides/contents.ts";
import type { ComponentOf, Specified, SpecInput } from "./spec-of.ts";
import { timeLimit } from "./time-limit.ts";

type Module = Pick<
  ComponentOf<"terraform_module"> | Extract<Sandbox, { kind: "terraform" }>,
  "terraformVersion" | "vars" | "varFiles" | "envVars"
>;

/** The plan of a Terraform module: of a component or of the sandbox. */
export function terraformSpec(
  input: Pick<SpecInput<Module & { deployTimeoutSeconds?: number }>, "entity" | "target" | "destroy" | "render" | "overrides" | "artifact">,
): Specified {
  const { entity, render, overrides } = input;
  return {
    spec: {
      kind: "terraform.plan",
      target: input.target,
      artifact: input.artifact(),
      terraformVersion: render.text(entity.terraformVersion, "terraform_version"),
      vars: withOver(render.map(entity.vars, "vars"), overrides.set),
      varFiles: entity.varFiles.map((text, index) => render.text(text, `variables file ${index + 1}`)),
      envVars: render.map(entity.envVars, "env_vars"),
      destroy: input.destroy,
    },
    timeoutSeconds: timeLimit(entity.deployTimeoutSeconds, 3600),
  };
}
