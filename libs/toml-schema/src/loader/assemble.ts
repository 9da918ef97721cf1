import { basename } from "node:path";
import type { AppConfig } from "../app-config.ts";
import type { Role } from "../config/access.ts";
import { action, normaliseAction } from "../kinds/action.ts";
import { branch, normaliseBranch } from "../kinds/branch.ts";
import { breakGlass, breakGlassRole } from "../kinds/break-glass.ts";
import { componentKinds } from "../kinds/components.ts";
import { input, inputGroup, inputs, normaliseInput, normaliseInputGroup } from "../kinds/inputs.ts";
import { install, normaliseInstall } from "../kinds/install.ts";
import { installer, normaliseInstaller } from "../kinds/installer.ts";
import { installsConfig, normaliseInstallsConfig } from "../kinds/installs-config.ts";
import { kubernetesContext, kubernetesContexts, normaliseKubernetesContext } from "../kinds/kubernetes-contexts.ts";
import { metadata, normaliseMetadata } from "../kinds/metadata.ts";
import { normaliseOperationRoles, operationRoles } from "../kinds/operation-roles.ts";
import { normaliseNamedPolicy, permission, permissionPolicy, permissions } from "../kinds/permissions.ts";
import { normalisePolicy, policies, policy } from "../kinds/policies.ts";
import { normaliseRole } from "../kinds/role.ts";
import { normaliseRunbook, runbook } from "../kinds/runbook.ts";
import { normaliseRunner, runner } from "../kinds/runner.ts";
import { normaliseSandbox, sandbox } from "../kinds/sandbox.ts";
import { normaliseSecret, secret, secrets } from "../kinds/secrets.ts";
import { normaliseStack, stack } from "../kinds/stack.ts";
import { normaliseTriggerRule, triggers } from "../kinds/triggers.ts";
import type { Path } from "../source/position.ts";
import { pathKey } from "../source/toml-ast.ts";
import type { LoadedFile } from "./loaded-file.ts";
import { withOrigin, type Origins } from "./origins.ts";
import { substituteIncludes } from "./substitute.ts";

/** A config before it is known to be complete: what every app must have may still be missing. */
export type Draft = Omit<AppConfig, "metadata" | "sandbox" | "runner"> & Partial<Pick<AppConfig, "metadata" | "sandbox" | "runner">>;

/** Normalizes every valid file into its part of the config. */
export function assembleDraft(name: string, files: readonly LoadedFile[], origins: Origins): Draft {
  const draft: Draft = {
    schemaVersion: 1,
    name,
    inputs: { groups: [], inputs: [] },
    components: [],
    actions: [],
    secrets: [],
    permissions: { roles: [], namedPolicies: [] },
    breakGlass: { roles: [] },
    policies: [],
    kubernetesContexts: [],
    runbooks: [],
    installs: [],
    branches: [],
    triggers: [],
  };
  for (const file of files) if (file.valid) addFile(draft, file, origins);
  return draft;
}

function addFile(draft: Draft, loaded: LoadedFile, origins: Origins): void {
  const raw = substituteIncludes(loaded);
  const { file } = loaded.doc;
  const from = <Part extends object>(part: Part, path: Path = []) => withOrigin(origins, part, loaded, path);

  switch (loaded.kind) {
    case metadata: {
      const table = metadata.schema.parse(raw);
      draft.metadata = from(normaliseMetadata(table, file));
      for (const [index, one] of (table.kubernetes_contexts ?? []).entries()) {
        draft.kubernetesContexts.push(from(normaliseKubernetesContext(one, file), ["kubernetes_contexts", index]));
      }
      return;
    }
    case sandbox:
      draft.sandbox = from(normaliseSandbox(sandbox.schema.parse(raw), file));
      return;
    case runner:
      draft.runner = from(normaliseRunner(runner.schema.parse(raw), file));
      return;
    case stack:
      draft.stack = from(normaliseStack(stack.schema.parse(raw), file));
      return;
    case inputs: {
      const table = inputs.schema.parse(raw);
      for (const [index, one] of (table.group ?? []).entries())
        draft.inputs.groups.push(from(normaliseInputGroup(one, file), ["group", index]));
      for (const [index, one] of (table.input ?? []).entries()) draft.inputs.inputs.push(from(normaliseInput(one, file), ["input", index]));
      return;
    }
    case inputGroup:
      draft.inputs.groups.push(from(normaliseInputGroup(inputGroup.schema.parse(raw), file)));
      return;
    case input:
      draft.inputs.inputs.push(from(normaliseInput(input.schema.parse(raw), file)));
      return;
    case secrets:
      for (const [index, one] of (secrets.schema.parse(raw).secret ?? []).entries())
        draft.secrets.push(from(normaliseSecret(one, file), ["secret", index]));
      return;
    case secret:
      draft.secrets.push(from(normaliseSecret(secret.schema.parse(raw), file)));
      return;
    case action:
      draft.actions.push(from(normaliseAction(action.schema.parse(raw), file)));
      return;
    case runbook:
      draft.runbooks.push(from(normaliseRunbook(runbook.schema.parse(raw), file)));
      return;
    case install:
      draft.installs.push(from(normaliseInstall(install.schema.parse(raw), file)));
      return;
    case branch:
      draft.branches.push(from(normaliseBranch(branch.schema.parse(raw), file)));
      return;
    case permissions:
      addPermissions(draft, loaded, permissions.schema.parse(raw), from);
      return;
    case permission: {
      const table = permission.schema.parse(raw);
      const role = from(normaliseRole(table, file, table.type));
      (role.type === "break_glass" ? draft.breakGlass : draft.permissions).roles.push(role);
      return;
    }
    case permissionPolicy:
      draft.permissions.namedPolicies.push(from(normaliseNamedPolicy(permissionPolicy.schema.parse(raw), file)));
      return;
    case breakGlass:
      for (const [index, one] of (breakGlass.schema.parse(raw).role ?? []).entries()) {
        draft.breakGlass.roles.push(from(normaliseRole(one, file, "break_glass"), ["role", index]));
      }
      return;
    case breakGlassRole:
      draft.breakGlass.roles.push(from(normaliseRole(breakGlassRole.schema.parse(raw), file, "break_glass")));
      return;
    case policies:
      for (const [index, one] of (policies.schema.parse(raw).policy ?? []).entries()) {
        draft.policies.push(from(normalisePolicy(one, file, policyName(loaded, ["policy", index])), ["policy", index]));
      }
      return;
    case policy:
      draft.policies.push(from(normalisePolicy(policy.schema.parse(raw), file, policyName(loaded, []))));
      return;
    case operationRoles:
      draft.operationRoles = normaliseOperationRoles(operationRoles.schema.parse(raw), file);
      if (draft.operationRoles) from(draft.operationRoles);
      return;
    case kubernetesContexts:
      for (const [index, one] of (kubernetesContexts.schema.parse(raw).kubernetes_context ?? []).entries()) {
        draft.kubernetesContexts.push(from(normaliseKubernetesContext(one, file), ["kubernetes_context", index]));
      }
      return;
    case kubernetesContext:
      draft.kubernetesContexts.push(from(normaliseKubernetesContext(kubernetesContext.schema.parse(raw), file)));
      return;
    case triggers:
      for (const [index, one] of (triggers.schema.parse(raw).rules ?? []).entries())
        draft.triggers.push(from(normaliseTriggerRule(one, file), ["rules", index]));
      return;
    case installsConfig:
      draft.installsSource = normaliseInstallsConfig(installsConfig.schema.parse(raw));
      return;
    case installer:
      draft.installer = normaliseInstaller(installer.schema.parse(raw), file);
      return;
    default: {
      const found = componentKinds[String(raw["type"])];
      if (found) draft.components.push(from(found.normalise(raw, file)));
    }
  }
}

type Permissions = ReturnType<typeof permissions.schema.parse>;

function addPermissions(
  draft: Draft,
  loaded: LoadedFile,
  table: Permissions,
  from: <Part extends object>(part: Part, path?: Path) => Part,
): void {
  const { file } = loaded.doc;
  const add = (role: Role, path: Path) => (role.type === "break_glass" ? draft.breakGlass : draft.permissions).roles.push(from(role, path));
  for (const type of ["provision", "maintenance", "deprovision"] as const) {
    const current = table[`${type}_role`];
    const one = current ?? table[type];
    if (one) add(normaliseRole(one, file, type), [current ? `${type}_role` : type]);
  }
  for (const [index, one] of (table.custom_roles ?? []).entries()) add(normaliseRole(one, file, "custom"), ["custom_roles", index]);
  for (const [index, one] of (table.roles ?? []).entries()) add(normaliseRole(one, file, one.type), ["roles", index]);
}

/** A policy without a name is called as the file that it was read from. */
function policyName(loaded: LoadedFile, path: Path): string {
  const included = loaded.included.get(pathKey([...path, "contents"]));
  const source = (included?.file ?? loaded.doc.file).split("?")[0] ?? "";
  return basename(source).replace(/\.[^.]+$/, "");
}
