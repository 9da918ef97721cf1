import { digestOf } from "@berth/kit/digest";
import type { AppConfig, Component, RepoSource } from "@berth/toml-schema/app-config";
import { componentChecksum } from "@berth/toml-schema/component-checksum";

type OfType<T extends Component["type"]> = Extract<Component, { type: T }>;

/**
 * What a build makes and of what. `config` goes into the artifact and tells a runner how to use the files; it does not depend on where they came from.
 * `component` is what the config says, for those that are made of more than a source tree.
 */
export type ArtifactRecipe =
  | { kind: "terraform_module"; config: { terraformVersion: string } }
  | { kind: "action_source"; config: Record<string, never> }
  | { kind: "helm_chart"; config: Record<string, never>; component: OfType<"helm_chart"> }
  | { kind: "kustomize"; config: { path: string }; component: OfType<"kubernetes_manifest"> }
  | { kind: "container_image"; config: Record<string, never>; component: OfType<"container_image"> }
  | { kind: "docker_build"; config: Record<string, never>; component: OfType<"docker_build"> };

export type RecipeKind = ArtifactRecipe["kind"];
export type RecipeOf<K extends RecipeKind> = Extract<ArtifactRecipe, { kind: K }>;

/** How a component is built: `settings` is a digest of what of its config a build depends on, `keys` the names of that. */
export type ComponentRecipe = { recipe: ArtifactRecipe; repo?: RepoSource | undefined; settings: string; keys?: readonly string[] };

/** How a component is built, or undefined where nothing is built of it. What only matters when it is deployed, as the values of a chart, is no part of its settings. */
export function recipeOf(config: AppConfig, component: Component): ComponentRecipe | undefined {
  switch (component.type) {
    case "terraform_module":
      return {
        recipe: { kind: "terraform_module", config: { terraformVersion: component.terraformVersion } },
        repo: component.repo,
        settings: componentChecksum(config, component.name),
      };
    case "helm_chart": {
      const { repo, helmRepo } = component;
      return {
        recipe: { kind: "helm_chart", config: {}, component },
        repo,
        settings: digestOf({ repo, helmRepo }),
        keys: ["repo", "helm_repo"],
      };
    }
    case "kubernetes_manifest": {
      const { repo, kustomize } = component;
      if (!kustomize) return undefined;
      return {
        recipe: { kind: "kustomize", config: { path: kustomize.path }, component },
        repo,
        settings: digestOf({ repo, path: kustomize.path, enableHelm: kustomize.enableHelm }),
        keys: ["repo", "kustomize.path", "kustomize.enable_helm"],
      };
    }
    case "container_image": {
      const { source, tag, updatePolicy, verification } = component;
      return {
        recipe: { kind: "container_image", config: {}, component },
        settings: digestOf({ source, tag, updatePolicy, verification }),
        keys: ["source", "tag", "update_policy", "verification"],
      };
    }
    case "docker_build": {
      const { repo, dockerfile, target, buildArgs, envVars } = component;
      return {
        recipe: { kind: "docker_build", config: {}, component },
        repo,
        settings: digestOf({ repo, dockerfile, target, buildArgs, envVars }),
        keys: ["repo", "dockerfile", "target", "build_args", "env_vars"],
      };
    }
    case "job":
    case "pulumi":
      return undefined;
  }
}
