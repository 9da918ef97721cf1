import { z } from "zod";
import type { Path } from "../source/position.ts";
import type { Role } from "../config/access.ts";
import { bool, field, text, textList } from "./field.ts";
import { type Report } from "./kind.ts";
import { asTable, type Table } from "../source/table.ts";

const grants = [
  "managed_policy_name",
  "contents",
  "gcp_permissions",
  "gcp_predefined_role",
  "azure_actions",
  "azure_built_in_roles",
] as const;

const policySchema = z.looseObject({
  name: text("The policy's name. May hold templates.", { examples: ["read-secrets"] }).optional(),
  managed_policy_name: text("An AWS managed policy.", { examples: ["AdministratorAccess"] }).optional(),
  contents: text("An AWS policy document in JSON: inline, or where to read it. May hold templates.", {
    include: true,
    examples: ["./read-secrets.json"],
  }).optional(),
  gcp_permissions: textList("Google Cloud permissions.", { examples: [["storage.buckets.get"]] }).optional(),
  gcp_predefined_role: text("A Google Cloud role.", { examples: ["roles/storage.admin"] }).optional(),
  azure_actions: textList("Azure actions.", { examples: [["Microsoft.Network/dnsZones/read"]] }).optional(),
  azure_built_in_roles: textList("Azure built-in roles.", { examples: [["Contributor"]] }).optional(),
});

/** What every role has, wherever it is written. */
export const roleFields = {
  cloud_platform: field(z.enum(["aws", "azure", "gcp"]), "The cloud of the role. Default and only choice: that of the runner.").optional(),
  name: text("The role's name, unique in the customer's account. May hold templates.", { examples: ["{{.nuon.install.id}}-provision"] }),
  description: text("What the role is for; the customer reads it. May hold templates."),
  display_name: text("The role's name for people. May hold templates.").optional(),
  permissions_boundary: text("A permissions boundary in JSON: inline, or where to read it. May hold templates.", {
    include: true,
    examples: ["./provision_boundary.json"],
  }).optional(),
  enabled_in_stack: bool(
    "Whether the role is on when the customer changes nothing. Default: true for the three standard roles and custom roles that operations use.",
  ).optional(),
  policies: field(z.array(policySchema), "What the role may do.").optional(),
  named_policies: field(
    z.array(z.union([z.string(), z.looseObject({ name: text("The policy's name.") })])),
    "Policies declared on their own, by name.",
  ).optional(),
};

/** A role without a type: where it is written tells it. */
export const roleSchema = z.looseObject({ type: text("The kind of role; here its place tells it.").optional(), ...roleFields });

type RawRole = z.output<z.ZodObject<typeof roleFields>>;

/** Each policy of a role grants in exactly one way. */
export function roleRules(raw: Table, report: Report, path: Path = []): void {
  const policies = raw["policies"];
  if (!Array.isArray(policies)) return;
  for (const [index, entry] of policies.entries()) {
    const policy = asTable(entry);
    if (!policy) continue;
    const present = grants.filter((key) => policy[key] !== undefined);
    const at = [...path, "policies", index];
    if (present.length === 0) {
      report(at, { code: "missing_key", message: `A policy needs one of ${grants.map((key) => `\`${key}\``).join(", ")}` });
    } else if (present.length > 1) {
      report([...at, present[1] ?? ""], {
        code: "exclusive_keys",
        message: `A policy grants in one way; this one has ${present.map((key) => `\`${key}\``).join(" and ")}`,
      });
    }
  }
}

export function normaliseRole(raw: RawRole, file: string, type: Role["type"]): Role {
  return {
    file,
    type,
    name: raw.name,
    displayName: raw.display_name,
    description: raw.description,
    cloudPlatform: raw.cloud_platform,
    permissionsBoundary: raw.permissions_boundary || undefined,
    enabledInStack: raw.enabled_in_stack,
    policies: (raw.policies ?? []).map((policy) => ({
      name: policy.name,
      managedPolicyName: policy.managed_policy_name,
      contents: policy.contents,
      gcpPermissions: policy.gcp_permissions,
      gcpPredefinedRole: policy.gcp_predefined_role,
      azureActions: policy.azure_actions,
      azureBuiltInRoles: policy.azure_built_in_roles,
    })),
    namedPolicies: (raw.named_policies ?? []).map((entry) => (typeof entry === "string" ? entry : entry.name)),
  };
}
