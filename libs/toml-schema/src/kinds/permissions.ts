import { z } from "zod";
import type { NamedPolicy } from "../config/access.ts";
import { field, name, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import { asTable } from "../source/table.ts";
import { roleFields, roleRules, roleSchema } from "./role.ts";

export const roleTypes = ["provision", "maintenance", "deprovision", "custom"] as const;

const typedRole = z.looseObject({ type: field(z.enum([...roleTypes, "break_glass"]), "What the role is for."), ...roleFields });

const exampleRole = `name        = "{{.nuon.install.id}}-maintenance"
description = "Operates the app"`;

export const permission = defineKind({
  type: "permission",
  title: "Role",
  description: "A role that the stack makes in the customer's account and the runner may assume.",
  location: "permissions/**/*.toml",
  schema: typedRole,
  rules: (raw, report) => roleRules(raw, report),
  example: `# permission
type        = "maintenance"
${exampleRole}

[[policies]]
managed_policy_name = "AdministratorAccess"
`,
});

const namedPolicySchema = z.looseObject({
  name: name("What roles name in `named_policies`.", ["read-secrets"]),
  description: text("What the policy allows.").optional(),
  contents: text("The policy document in JSON: inline, or where to read it. May hold templates.", {
    include: true,
    examples: ["./read-secrets.json"],
  }),
});

export const permissionPolicy = defineKind({
  type: "permission-policy",
  title: "Named policy",
  description: "A policy on its own, which several roles can attach by name.",
  location: "permissions/**/*.toml",
  schema: namedPolicySchema,
  example: `# permission-policy
name     = "read-secrets"
contents = '{"Version": "2012-10-17", "Statement": []}'
`,
});

const old = (key: string) => field(roleSchema, `Old spelling of \`${key}\`.`, { deprecated: `write \`[${key}]\`` }).optional();

const schema = z.looseObject({
  provision_role: field(roleSchema, "Makes and changes the sandbox.").optional(),
  maintenance_role: field(roleSchema, "Deploys components and runs actions.").optional(),
  deprovision_role: field(roleSchema, "Removes the sandbox.").optional(),
  custom_roles: field(z.array(roleSchema), "Roles for single operations.").optional(),
  roles: field(z.array(typedRole), "Roles of any type.").optional(),
  provision: old("provision_role"),
  maintenance: old("maintenance_role"),
  deprovision: old("deprovision_role"),
});

export const permissions = defineKind({
  type: "permissions",
  title: "Permissions",
  description: "The roles that the stack makes in the customer's account and the runner may assume.",
  location: "permissions.toml",
  schema,
  rules: (raw, report) => {
    for (const key of ["provision_role", "maintenance_role", "deprovision_role", "provision", "maintenance", "deprovision"]) {
      const role = asTable(raw[key]);
      if (role) roleRules(role, report, [key]);
    }
    for (const key of ["custom_roles", "roles"]) {
      const list = raw[key];
      if (Array.isArray(list)) for (const [index, entry] of list.entries()) roleRules(asTable(entry) ?? {}, report, [key, index]);
    }
  },
  example: `# permissions
[provision_role]
name        = "{{.nuon.install.id}}-provision"
description = "Makes and changes the base infrastructure"
[[provision_role.policies]]
managed_policy_name = "AdministratorAccess"

[maintenance_role]
${exampleRole}
[[maintenance_role.policies]]
managed_policy_name = "AdministratorAccess"

[deprovision_role]
name        = "{{.nuon.install.id}}-deprovision"
description = "Removes everything"
[[deprovision_role.policies]]
managed_policy_name = "AdministratorAccess"
`,
});

export function normaliseNamedPolicy(raw: z.output<typeof namedPolicySchema>, file: string): NamedPolicy {
  return { file, name: raw.name, description: raw.description, contents: raw.contents };
}
