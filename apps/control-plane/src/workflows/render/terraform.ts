import { artifactRef, invalid, type RenderedSpec, type RenderInput } from "./rendered.ts";

type TerraformEntity = {
  terraformVersion: string;
  vars: Record<string, string>;
  varFiles: string[];
  envVars: Record<string, string>;
  timeoutSeconds: number;
};

/** A Terraform root: the sandbox, or a component. */
export function renderTerraform(given: RenderInput, entity: TerraformEntity): RenderedSpec {
  const { ctx, render, build, target, destroy } = given;
  if (!build?.artifact) return invalid(`The build of ${target} has no artifact`);
  return {
    spec: {
      kind: "terraform.plan",
      target,
      artifact: artifactRef(ctx, build.artifact, given.registry),
      terraformVersion: render.text(entity.terraformVersion, "terraform_version"),
      vars: render.map(entity.vars, "vars"),
      varFiles: entity.varFiles.map((text, index) => render.text(text, `variables file ${index + 1}`)),
      envVars: render.map(entity.envVars, "env_vars"),
      destroy,
    },
    timeoutSeconds: entity.timeoutSeconds,
  };
}
