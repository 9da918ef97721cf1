import type { RecipeKind } from "../configs/recipes.ts";
import { makeActionSource } from "./make/action-source.ts";
import { makeImage } from "./make/container-image.ts";
import { makeDockerImage } from "./make/docker-build.ts";
import { makeHelmChart } from "./make/helm-chart.ts";
import { makeKustomize } from "./make/kustomize.ts";
import type { Made, MakeInput, Maker } from "./make/maker.ts";
import { makeTerraform } from "./make/terraform.ts";

/** How each kind of artifact is made. */
const makers: { [K in RecipeKind]: Maker<K> } = {
  terraform_module: makeTerraform,
  action_source: makeActionSource,
  helm_chart: makeHelmChart,
  kustomize: makeKustomize,
  container_image: makeImage,
  docker_build: makeDockerImage,
};

/** Makes and publishes what a build is of: the same tree, recipe and repository give the same digest. What may pass by itself is tried again. */
export async function makeArtifact(input: MakeInput): Promise<Made> {
  const { recipe } = input.build.target;
  return makers[recipe.kind](input, recipe as never);
}
