import { z } from "zod";
import type { Policy } from "../config/platform.ts";
import { choice, field, text, textList } from "./field.ts";
import { defineKind } from "./kind.ts";

export const policyTypes = [
  "kubernetes_cluster",
  "terraform_module",
  "helm_chart",
  "kubernetes_manifest",
  "container_image",
  "docker_build",
  "pulumi",
  "sandbox",
] as const;

const legacyTypes = { runner_job_terraform_deploy: "terraform_module", runner_job_helm_deploy: "helm_chart" } as const;

const policySchema = z.looseObject({
  type: choice(policyTypes, "What the policy looks at.", { legacyValues: legacyTypes }),
  engine: field(
    z.enum(["kyverno", "opa"]),
    "The policy language: `kyverno` for `kubernetes_cluster`, `opa` for everything else. Default `kyverno`.",
  ).optional(),
  name: text("The policy's name. Default: the name of the file it is read from.", { examples: ["no-public-buckets"] }).optional(),
  components: textList('The components it looks at, or `["*"]` for all of its type.', { examples: [["*"], ["api", "worker"]] }).optional(),
  contents: text("Rego or Kyverno YAML: inline, or where to read it.", { include: true, examples: ["./policies/no-public-buckets.rego"] }),
});

export const policy = defineKind({
  type: "policy",
  title: "Policy",
  description: "A check on what is built, planned or running.",
  location: "policies/**/*.toml",
  schema: policySchema,
  example: `# policy
type       = "terraform_module"
engine     = "opa"
components = ["*"]
contents   = """
package nuon

deny contains msg if {
  input.plan.resource_changes[_].type == "aws_s3_bucket_public_access_block"
  msg := "leave public access blocked"
}
"""
`,
});

export const policies = defineKind({
  type: "policies",
  title: "Policies",
  description: "Checks on what is built, planned or running.",
  location: "policies.toml",
  schema: z.looseObject({ policy: field(z.array(policySchema), "The policies.").optional() }),
  example: `# policies
[[policy]]
type       = "sandbox"
engine     = "opa"
name       = "small-network"
contents   = """
package nuon

warn contains msg if {
  input.plan.terraform_version == ""
  msg := "unknown version"
}
"""
`,
});

/** `defaultName` is the stem of the file that `contents` was read from, or of the TOML file. */
export function normalisePolicy(raw: z.output<typeof policySchema>, file: string, defaultName: string): Policy {
  const legacy: Readonly<Record<string, string>> = legacyTypes;
  return {
    file,
    name: raw.name || defaultName,
    type: legacy[raw.type] ?? raw.type,
    engine: raw.engine ?? "kyverno",
    components: raw.components ?? [],
    contents: raw.contents,
  };
}
