import { action } from "../kinds/action.ts";
import { branch } from "../kinds/branch.ts";
import { breakGlass, breakGlassRole } from "../kinds/break-glass.ts";
import { input, inputGroup, inputs } from "../kinds/inputs.ts";
import { install } from "../kinds/install.ts";
import { installer } from "../kinds/installer.ts";
import { installsConfig } from "../kinds/installs-config.ts";
import type { Kind } from "../kinds/kind.ts";
import { kubernetesContext, kubernetesContexts } from "../kinds/kubernetes-contexts.ts";
import { metadata } from "../kinds/metadata.ts";
import { operationRoles } from "../kinds/operation-roles.ts";
import { permission, permissions } from "../kinds/permissions.ts";
import { policies, policy } from "../kinds/policies.ts";
import { runbook } from "../kinds/runbook.ts";
import { runner } from "../kinds/runner.ts";
import { sandbox } from "../kinds/sandbox.ts";
import { secret, secrets } from "../kinds/secrets.ts";
import { stack } from "../kinds/stack.ts";
import { terraform } from "../kinds/terraform.ts";
import { triggers } from "../kinds/triggers.ts";

/** A place in an app directory that TOML files are read from. */
export type Section = {
  kind: Kind;
  /** Where `./x` is looked for, in this order: `@` is the directory of the file itself, `.` the app's. */
  bases: readonly string[];
};

const section = (kind: Kind, ...bases: string[]): Section => ({ kind, bases: bases.length > 0 ? bases : ["."] });

/** Files in the app's directory itself. */
export const rootFiles: Readonly<Record<string, Section>> = {
  "metadata.toml": section(metadata),
  "sandbox.toml": section(sandbox),
  "runner.toml": section(runner),
  "stack.toml": section(stack),
  "inputs.toml": section(inputs),
  "secrets.toml": section(secrets),
  // Documents of these two lie with the roles, and so do those of the break-glass roles.
  "permissions.toml": section(permissions, "permissions", "."),
  "break_glass.toml": section(breakGlass, "permissions", "break_glass", "."),
  "policies.toml": section(policies, ".", "policies"),
  "operation_roles.toml": section(operationRoles),
  "kubernetes_contexts.toml": section(kubernetesContexts),
  "branch.toml": section(branch),
  "triggers.toml": section(triggers),
  "installs.toml": section(installsConfig),
  "installer.toml": section(installer),
};

/** Directories, read with all below them. A component's kind follows from its `type`, so `terraform` only stands for it here. */
export const directories: Readonly<Record<string, Section>> = {
  components: section(terraform, "@", "components", "."),
  actions: section(action, "@", "actions", "."),
  inputs: section(input, "@", "."),
  input_groups: section(inputGroup, "@", "."),
  secrets: section(secret, "@", "."),
  permissions: section(permission, "@", "permissions", "."),
  break_glass: section(breakGlassRole, "@", "permissions", "break_glass", "."),
  policies: section(policy, "@", "policies", "."),
  kubernetes_contexts: section(kubernetesContext, "@", "."),
  branches: section(branch, "@", "."),
  // A runbook names its readme from the app's directory.
  runbooks: section(runbook, ".", "@"),
  installs: section(install, "@", "installs", "."),
};

/** What may be written in one file or in a directory, but not in both. */
export const exclusiveForms: readonly { file: string; directories: readonly string[]; what: string }[] = [
  { file: "inputs.toml", directories: ["inputs", "input_groups"], what: "inputs" },
  { file: "secrets.toml", directories: ["secrets"], what: "secrets" },
  { file: "permissions.toml", directories: ["permissions"], what: "roles" },
  { file: "policies.toml", directories: ["policies"], what: "policies" },
  { file: "break_glass.toml", directories: ["break_glass"], what: "break-glass roles" },
  { file: "kubernetes_contexts.toml", directories: ["kubernetes_contexts"], what: "kubernetes contexts" },
  { file: "branch.toml", directories: ["branches"], what: "branches" },
];

/** The section of a file, by its path relative to the app directory. */
export function sectionOf(file: string): Section | undefined {
  const slash = file.indexOf("/");
  if (slash === -1) return rootFiles[file];
  return directories[file.slice(0, slash)];
}
