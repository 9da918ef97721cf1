import { digestOf } from "@berth/kit/digest";
import type { ActionStep, AppConfig, Component, RepoSource } from "@berth/toml-schema/app-config";
import { componentChecksum } from "@berth/toml-schema/component-checksum";
import { cannotDeploy, deployable } from "../workflows/deployable.ts";
import { recipeOf, type ArtifactRecipe } from "./recipes.ts";

/** Something of a config that is built. */
export type BuildTarget = {
  /** `sandbox`, `component:<name>` or `action:<name>/<step>`. */
  target: string;
  /** For sentences: `component "web"`. */
  label: string;
  /** The TOML file that describes it. */
  file: string;
  /** The git repository of its source tree. Absent where a build looks up what it takes elsewhere: charts of a Helm repository, images. */
  repo?: RepoSource | undefined;
  recipe: ArtifactRecipe;
  /** Digest of everything of the config that a build depends on, included files with it. */
  settings: string;
  /** The keys that `settings` is of, as people write them, each with all below it; undefined where every key counts. */
  keys?: readonly string[] | undefined;
  timeoutSeconds: number;
};

const defaultTimeoutSeconds = 300;

/** All targets of a config, sandbox first, components and actions in their order. Action steps without a repository need no build. */
export function buildTargets(config: AppConfig): BuildTarget[] {
  const targets: BuildTarget[] = [];
  const { sandbox } = config;
  if (sandbox.kind === "terraform") {
    const { file, references: _references, ...settings } = sandbox;
    targets.push({
      target: "sandbox",
      label: "the sandbox",
      file,
      repo: sandbox.repo,
      recipe: { kind: "terraform_module", config: { terraformVersion: sandbox.terraformVersion } },
      settings: digestOf(settings),
      timeoutSeconds: defaultTimeoutSeconds,
    });
  }
  for (const component of config.components) {
    const made = recipeOf(config, component);
    if (!made) continue;
    targets.push({
      target: `component:${component.name}`,
      label: `component "${component.name}"`,
      file: component.file,
      ...made,
      timeoutSeconds: component.buildTimeoutSeconds || defaultTimeoutSeconds,
    });
  }
  for (const action of config.actions) {
    for (const step of action.steps) {
      if (hasSource(step)) {
        targets.push({
          target: `action:${action.name}/${step.name}`,
          label: `action "${action.name}", step "${step.name}"`,
          file: action.file,
          repo: step.repo,
          recipe: { kind: "action_source", config: {} },
          // Its commands are read at each run; only the files are built.
          settings: digestOf(step.repo),
          timeoutSeconds: defaultTimeoutSeconds,
        });
      }
    }
  }
  return targets;
}

/** A part of a config that nothing is built of: `deployable` as the config has it, or of a type that can't be deployed yet. */
export type UnbuiltPart = { target: string; why: string; checksum: string; deployable: boolean };

/** The parts of a config that nothing is built of, in their order. */
export function unbuiltParts(config: AppConfig): UnbuiltPart[] {
  const { sandbox } = config;
  const parts: UnbuiltPart[] = [];
  if (sandbox.kind !== "terraform") {
    const { file: _file, references: _references, ...settings } = sandbox;
    parts.push({
      target: "sandbox",
      why: `a sandbox of type ${sandbox.kind} can't be deployed yet, only terraform`,
      checksum: digestOf(settings),
      deployable: false,
    });
  }
  for (const component of config.components) {
    const { name, type } = component;
    if (needsBuild(component)) continue;
    const part = { target: `component:${name}`, checksum: componentChecksum(config, name), deployable: deployable[type] };
    parts.push({ ...part, why: part.deployable ? withoutBuild : cannotDeploy(type) });
  }
  return parts;
}

const withoutBuild = "it needs no build: it is deployed as the config has it";

/** Whether a component is deployed from an artifact that a build makes. Where not, its steps wait for no build. */
export function needsBuild(component: Component): boolean {
  const inline = component.type === "kubernetes_manifest" && component.kustomize === undefined;
  return deployable[component.type] && component.type !== "job" && !inline;
}

function hasSource(step: ActionStep): step is ActionStep & { repo: RepoSource } {
  return step.repo !== undefined;
}
