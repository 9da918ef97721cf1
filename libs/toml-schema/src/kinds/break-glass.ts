import { z } from "zod";
import { field } from "./field.ts";
import { defineKind } from "./kind.ts";
import { asTable } from "../source/table.ts";
import { roleRules, roleSchema } from "./role.ts";

const example = `name        = "{{.nuon.install.id}}-break-glass"
description = "Full access for emergencies"`;

export const breakGlassRole = defineKind({
  type: "break-glass-role",
  title: "Break-glass role",
  description: "A role that is off until the customer switches it on.",
  location: "break_glass/**/*.toml",
  schema: roleSchema,
  rules: (raw, report) => roleRules(raw, report),
  example: `# break-glass-role
${example}

[[policies]]
managed_policy_name = "AdministratorAccess"
`,
});

export const breakGlass = defineKind({
  type: "break-glass",
  title: "Break glass",
  description: "Roles that are off until the customer switches them on.",
  location: "break_glass.toml",
  schema: z.looseObject({ role: field(z.array(roleSchema), "The roles.").optional() }),
  rules: (raw, report) => {
    const roles = raw["role"];
    if (Array.isArray(roles)) for (const [index, entry] of roles.entries()) roleRules(asTable(entry) ?? {}, report, ["role", index]);
  },
  example: `# break-glass
[[role]]
${example}
[[role.policies]]
managed_policy_name = "AdministratorAccess"
`,
});
