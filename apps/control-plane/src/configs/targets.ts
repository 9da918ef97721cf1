import { digestOf } from "@berth/kit/digest";
import type { ActionStep, AppConfig, Component, RepoSource } from "@berth/toml-schema/app-config";
import { componentChecksum } from "@berth/toml-schema/component-checksum";

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

/** Parts of the config language that this version cannot deploy yet. */
export function unsupportedParts(config: AppConfig): { file: string; message: string }[] {
  const unsupported = (component: Component): boolean => component.type !== "terraform_module";
  return [
    ...(config.sandbox.kind === "terraform"
      ? []
      : [{ file: config.sandbox.file, message: "a sandbox in Pulumi cannot be deployed yet; use Terraform" }]),
    ...config.components.filter(unsupported).map(({ file, name, type }) => ({
      file,
      message: `component "${name}": a ${type} cannot be deployed yet; only terraform_module can`,
    })),
  ];
}

function terraform(terraformVersion: string): ArtifactRecipe {
  return { kind: "terraform_module", config: { terraformVersion } };
}

function hasSource(step: ActionStep): step is ActionStep & { repo: RepoSource } {
  return step.repo !== undefined;
}
