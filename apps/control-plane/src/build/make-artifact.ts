import { AppError } from "@berth/kit/errors";
import type { RecipeKind } from "../configs/recipes.ts";
import { makeActionSource } from "./make/action-source.ts";
import { makeHelmChart } from "./make/helm-chart.ts";
import { makeKustomize } from "./make/kustomize.ts";
import type { Made, MakeInput, Maker } from "./make/maker.ts";
import { makeTerraform } from "./make/terraform.ts";

/** How each kind of artifact is made. */
const makers: { [K in RecipeKind]?: Maker<K> } = {
  terraform_module: makeTerraform,
  action_source: makeActionSource,
  helm_chart: makeHelmChart,
  kustomize: makeKustomize,
};

/** Makes and publishes what a build is of: the same tree, recipe and repository give the same digest. What may pass by itself is tried again. */
export async function makeArtifact(input: MakeInput): Promise<Made> {
  const { recipe } = input.build.target;
  const make = makers[recipe.kind];
  if (!make) throw new AppError("unprocessable", `This builder can't build ${input.build.target.label}`);
  return make(input, recipe as never);
}
