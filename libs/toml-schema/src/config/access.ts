import { z } from "zod";

export const rolePolicy = z.object({
  name: z.string().optional(),
  managedPolicyName: z.string().optional(),
  contents: z.string().optional(),
  gcpPermissions: z.array(z.string()).optional(),
  gcpPredefinedRole: z.string().optional(),
  azureActions: z.array(z.string()).optional(),
  azureBuiltInRoles: z.array(z.string()).optional(),
});
export type RolePolicy = z.infer<typeof rolePolicy>;

export const role = z.object({
  file: z.string(),
  type: z.enum(["provision", "maintenance", "deprovision", "custom", "break_glass"]),
  name: z.string(),
  displayName: z.string().optional(),
  description: z.string(),
  cloudPlatform: z.string().optional(),
  permissionsBoundary: z.string().optional(),
  enabledInStack: z.boolean().optional(),
  policies: z.array(rolePolicy),
  namedPolicies: z.array(z.string()),
});
/** A role that the stack makes in the customer's account and the runner may assume. */
export type Role = z.infer<typeof role>;

export const namedPolicy = z.object({ file: z.string(), name: z.string(), description: z.string().optional(), contents: z.string() });
export type NamedPolicy = z.infer<typeof namedPolicy>;

export const permissions = z.object({ roles: z.array(role), namedPolicies: z.array(namedPolicy) });
export const breakGlass = z.object({ roles: z.array(role) });

export const operationRoleRule = z.object({ principal: z.string(), operation: z.string(), role: z.string() });
export const operationRoles = z.object({ file: z.string(), type: z.literal("matrix"), rules: z.array(operationRoleRule) });

export const kubernetesContext = z.object({ file: z.string(), name: z.string(), component: z.string() });
export type KubernetesContext = z.infer<typeof kubernetesContext>;
