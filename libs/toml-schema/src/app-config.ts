import { z } from "zod";
import { breakGlass, kubernetesContext, operationRoles, permissions } from "./config/access.ts";
import { action } from "./config/actions.ts";
import { repoSource } from "./config/common.ts";
import { component } from "./config/components.ts";
import { branch, install, runbook, triggerRule } from "./config/delivery.ts";
import { inputDefinition, inputGroup, secretDefinition } from "./config/inputs.ts";
import { installer, metadata, policy, runner, stack } from "./config/platform.ts";
import { sandbox } from "./config/sandbox.ts";

export type { Action, ActionStep, ActionTrigger } from "./config/actions.ts";
export type { Reference, RepoSource } from "./config/common.ts";
export type { Component, ComponentType, TerraformComponent } from "./config/components.ts";
export type { InputDefinition } from "./config/inputs.ts";
export type { Sandbox } from "./config/sandbox.ts";

/**
 * One app as its TOML files describe it: normalized, defaults filled in, the contents of included files in place, templates unrendered.
 * Plain JSON; what the control plane stores as an immutable version. Durations are seconds, `file` is relative to the app directory.
 */
export const appConfigSchema = z.object({
  schemaVersion: z.literal(1),
  /** The app's name: that of its directory unless the caller gave another. */
  name: z.string(),
  metadata,
  sandbox,
  runner,
  inputs: z.object({ groups: z.array(inputGroup), inputs: z.array(inputDefinition) }),
  components: z.array(component),
  actions: z.array(action),
  secrets: z.array(secretDefinition),
  permissions,
  breakGlass,
  policies: z.array(policy),
  stack: stack.optional(),
  operationRoles: operationRoles.optional(),
  kubernetesContexts: z.array(kubernetesContext),
  runbooks: z.array(runbook),
  installs: z.array(install),
  installsSource: repoSource.optional(),
  branches: z.array(branch),
  triggers: z.array(triggerRule),
  installer: installer.optional(),
});
export type AppConfig = z.infer<typeof appConfigSchema>;
