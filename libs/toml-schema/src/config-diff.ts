import { canonicalJson } from "@berth/kit/digest";
import type { AppConfig } from "./app-config.ts";
import { changedKeys, type KeyChange } from "./diff/changed-keys.ts";
import { inWords } from "./diff/in-words.ts";

export type { KeyChange } from "./diff/changed-keys.ts";

/** One named thing that is in both versions and differs. */
export type Changed = { name: string; keys: KeyChange[] };

/** Named things of one kind: what came, what changed and how, what went. Names in alphabetical order. */
export type NamedDiff = { added: string[]; changed: Changed[]; removed: string[] };

/** The difference between two versions of a config. */
export type ConfigDiff = {
  components: NamedDiff;
  inputs: NamedDiff;
  actions: NamedDiff;
  secrets: NamedDiff;
  policies: NamedDiff;
  roles: NamedDiff;
  runbooks: NamedDiff;
  installs: NamedDiff;
  branches: NamedDiff;
  triggers: NamedDiff;
  kubernetesContexts: NamedDiff;
  sandbox: KeyChange[];
  runner: KeyChange[];
  stack: KeyChange[];
  metadata: KeyChange[];
  other: KeyChange[];
  /** Nothing differs. */
  empty: boolean;
  /** One sentence per difference, for people. */
  words: string[];
};

/** Compares two versions; without `before`, everything of `after` is new. The names of the TOML files play no part. */
export function diffConfigs(before: AppConfig | undefined, after: AppConfig): ConfigDiff {
  const named = (pick: (config: AppConfig) => readonly { name: string }[]) => diffNamed(before ? pick(before) : [], pick(after));
  const single = (pick: (config: AppConfig) => unknown) => (before ? changedKeys(pick(before) ?? {}, pick(after) ?? {}) : []);
  const diff = {
    components: named((config) => config.components),
    inputs: named((config) => config.inputs.inputs),
    actions: named((config) => config.actions),
    secrets: named((config) => config.secrets),
    policies: named((config) => config.policies),
    roles: named((config) => [...config.permissions.roles, ...config.breakGlass.roles]),
    runbooks: named((config) => config.runbooks),
    installs: named((config) => config.installs),
    branches: named((config) => config.branches),
    triggers: named((config) => config.triggers),
    kubernetesContexts: named((config) => config.kubernetesContexts),
    sandbox: single((config) => config.sandbox),
    runner: single((config) => config.runner),
    stack: single((config) => config.stack),
    metadata: single((config) => config.metadata),
    other: single(({ name, operationRoles, installer, installsSource, inputs: { groups }, permissions: { namedPolicies } }) => ({
      name,
      operationRoles,
      installer,
      installsSource,
      groups,
      namedPolicies,
    })),
  };
  const words = inWords(diff, before === undefined);
  return { ...diff, empty: before !== undefined && words.length === 0, words };
}

function diffNamed(before: readonly { name: string }[], after: readonly { name: string }[]): NamedDiff {
  const old = new Map(before.map((item) => [item.name, item]));
  const now = new Map(after.map((item) => [item.name, item]));
  const changed: Changed[] = [];
  for (const [name, item] of now) {
    const previous = old.get(name);
    if (!previous || canonicalJson(previous) === canonicalJson(item)) continue;
    const keys = changedKeys(previous, item);
    if (keys.length > 0) changed.push({ name, keys });
  }
  return {
    added: [...now.keys()].filter((name) => !old.has(name)).toSorted(),
    changed: changed.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    removed: [...old.keys()].filter((name) => !now.has(name)).toSorted(),
  };
}
