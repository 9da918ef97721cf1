import { digestOf } from "@berth/kit/digest";
import type { ActionStep, AppConfig, Component, RepoSource } from "@berth/toml-schema/app-config";
import { componentChecksum } from "@berth/toml-schema/component-checksum";
import { cannotDeploy, deployable } from "../workflows/generate.ts";

/** What a build makes: a kind of artifact, and the JSON in it that tells a runner how to use the files. Neither depends on where the files came from. */
export type ArtifactRecipe = { kind: "terraform_module" | "action_source"; config: Record<string, string> };

/** Something of a config that is built from a source tree. */
export type BuildTarget = {
  /** `sandbox`, `component:<name>` or `action:<name>/<step>`. */
  target: string;
  /** For sentences: `component "web"`. */
  label: string;
  /** The TOML file that describes it. */
  file: string;
  repo: RepoSource;
  recipe: ArtifactRecipe;
  /** Digest of everything of the config that a build depends on, included files with it. */
  settings: string;
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
      recipe: terraform(sandbox.terraformVersion),
      settings: digestOf(settings),
      timeoutSeconds: defaultTimeoutSeconds,
    });
  }
  for (const component of config.components) {
    if (component.type !== "terraform_module") continue;
    targets.push({
      target: `component:${component.name}`,
      label: `component "${component.name}"`,
      file: component.file,
      repo: component.repo,
      recipe: terraform(component.terraformVersion),
      settings: componentChecksum(config, component.name),
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

/** A part of a config that is kept, but not built: its type can't be deployed yet. */
export type UnbuiltPart = { target: string; why: string; checksum: string };

/** The parts of a config that nothing is built of, in their order. The rest of the app goes on without them. */
export function unbuiltParts(config: AppConfig): UnbuiltPart[] {
  const { sandbox } = config;
  const parts: UnbuiltPart[] = [];
  if (sandbox.kind !== "terraform") {
    const { file: _file, references: _references, ...settings } = sandbox;
    parts.push({
      target: "sandbox",
      why: `a sandbox of type ${sandbox.kind} can't be deployed yet, only terraform`,
      checksum: digestOf(settings),
    });
  }
  for (const { name, type } of config.components) {
    if (deployable[type]) continue;
    parts.push({ target: `component:${name}`, why: cannotDeploy(type), checksum: componentChecksum(config, name) });
  }
  return parts;
}

/** Whether a component is deployed from an artifact that a build makes. Where not, its steps wait for no build. */
export function needsBuild(component: Component): boolean {
  const inline = component.type === "kubernetes_manifest" && component.kustomize === undefined;
  return deployable[component.type] && component.type !== "job" && !inline;
}

function terraform(terraformVersion: string): ArtifactRecipe {
  return { kind: "terraform_module", config: { terraformVersion } };
}

function hasSource(step: ActionStep): step is ActionStep & { repo: RepoSource } {
  return step.repo !== undefined;
}
