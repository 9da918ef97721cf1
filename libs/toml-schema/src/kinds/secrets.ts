import { z } from "zod";
import type { Path } from "../source/position.ts";
import type { SecretDefinition } from "../config/inputs.ts";
import { bool, field, name, text, textList } from "./field.ts";
import { defineKind, type Report } from "./kind.ts";
import { asTable, type Table } from "../source/table.ts";

const secretSchema = z.looseObject({
  name: name("The secret's name in the customer's secret store.", ["license_key"]),
  display_name: text("The secret's name for people.", { examples: ["License key"] }).optional(),
  description: text("What to give.", { examples: ["The key from your license page"] }),
  required: bool("Whether the customer must give it. Not with `auto_generate` or `default`.").optional(),
  auto_generate: bool("Whether a random value is made. Not with `required` or `default`.").optional(),
  default: text("The value where none is given. Not with `required` or `auto_generate`.").optional(),
  format: field(z.enum(["", "base64"]), "`base64`: decoded when synced to Kubernetes.").optional(),
  kubernetes_sync: bool("Copy it to a Kubernetes secret, under the key `value`. Needs the namespace and the name.").optional(),
  kubernetes_secret_namespace: text("The namespace of the Kubernetes secret.", { examples: ["api"] }).optional(),
  kubernetes_secret_name: text("The name of the Kubernetes secret.", { examples: ["license-key"] }).optional(),
  kubernetes_sync_targets: field(
    z.array(
      z.looseObject({
        namespaces: textList("Where to copy it.", { examples: [["api", "worker"]] }),
        name: name("The name of the Kubernetes secret.", ["license-key"]),
        key: name("The key in it.", ["value"]),
      }),
    ),
    "Kubernetes secrets to copy it to.",
  ).optional(),
});

export const secret = defineKind({
  type: "secret",
  title: "Secret",
  description: "A secret that the customer provides and keeps.",
  location: "secrets/**/*.toml",
  schema: secretSchema,
  rules: (raw, report) => secretRules(raw, report, []),
  example: `# secret
name         = "license_key"
display_name = "License key"
description  = "The key from your license page"
required     = true
`,
});

export const secrets = defineKind({
  type: "secrets",
  title: "Secrets",
  description: "Secrets that the customer provides and keeps.",
  location: "secrets.toml",
  schema: z.looseObject({ secret: field(z.array(secretSchema), "The secrets.").optional() }),
  rules: (raw, report) => {
    const list = Array.isArray(raw["secret"]) ? raw["secret"] : [];
    for (const [index, entry] of list.entries()) secretRules(asTable(entry) ?? {}, report, ["secret", index]);
  },
  example: `# secrets
[[secret]]
name                        = "session_key"
display_name                = "Session key"
description                 = "Signs sessions"
auto_generate               = true
kubernetes_sync             = true
kubernetes_secret_namespace = "api"
kubernetes_secret_name      = "session-key"
`,
});

function secretRules(raw: Table, report: Report, path: Path): void {
  const ways = [
    ...(raw["auto_generate"] === true ? ["auto_generate"] : []),
    ...(raw["required"] === true ? ["required"] : []),
    ...(raw["default"] !== undefined ? ["default"] : []),
  ];
  if (ways.length > 1) {
    report([...path, ways[1] ?? "required"], {
      code: "exclusive_keys",
      message: `A secret is either required, generated or has a default; this one has ${ways.map((key) => `\`${key}\``).join(" and ")}`,
    });
  }
  if (raw["kubernetes_sync"] !== true || raw["kubernetes_sync_targets"] !== undefined) return;
  for (const key of ["kubernetes_secret_namespace", "kubernetes_secret_name"]) {
    if (!raw[key]) report([...path, "kubernetes_sync"], { code: "missing_key", message: `\`kubernetes_sync\` needs \`${key}\`` });
  }
}

export function normaliseSecret(raw: z.output<typeof secretSchema>, file: string): SecretDefinition {
  const { kubernetes_secret_namespace: namespace, kubernetes_secret_name: secretName } = raw;
  const simple = raw.kubernetes_sync && namespace && secretName ? [{ namespaces: [namespace], name: secretName, key: "value" }] : [];
  const targets = (raw.kubernetes_sync_targets ?? []).map(({ namespaces, name: target, key }) => ({ namespaces, name: target, key }));
  return {
    file,
    name: raw.name,
    displayName: raw.display_name,
    description: raw.description,
    required: raw.required ?? false,
    autoGenerate: raw.auto_generate ?? false,
    format: raw.format ?? "",
    default: raw.default,
    kubernetesSyncTargets: [...simple, ...targets],
  };
}
