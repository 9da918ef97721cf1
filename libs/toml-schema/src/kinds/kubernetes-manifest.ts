import { z } from "zod";
import type { ManifestComponent } from "../config/components.ts";
import { componentFields, normaliseCommon } from "./component-common.ts";
import { bool, field, text, textList } from "./field.ts";
import { defineKind, exclusive } from "./kind.ts";
import { normaliseRepo, repoFields, repoRule } from "./repo.ts";
import { driftSchedule, imagePullSecret } from "./shared.ts";

const schema = z.looseObject({
  type: field(z.literal("kubernetes_manifest"), "Kubernetes objects."),
  ...componentFields,
  namespace: text("The namespace of objects that name none. May hold templates.", { examples: ["api"] }),
  manifest: text("YAML documents: inline, or where to read them (`./x.yaml`, an address, a git source). May hold templates.", {
    include: true,
    examples: ["./manifests/api.yaml"],
  }).optional(),
  kustomize: field(
    z.looseObject({
      path: text("The directory of the kustomization within the repository.", { examples: ["./overlays/production"] }),
      patches: textList("Patches applied on top.").optional(),
      enable_helm: bool("Let kustomize inflate charts. Default false.").optional(),
      load_restrictor: field(z.enum(["rootOnly", "none"]), "Whether files outside the root may be loaded. Default `rootOnly`.").optional(),
    }),
    "A kustomization from a repository, instead of `manifest`.",
  ).optional(),
  ...repoFields,
  image_pull_secret: imagePullSecret,
  drift_schedule: driftSchedule,
});

export const kubernetesManifest = defineKind({
  type: "kubernetes-manifest",
  title: "Kubernetes manifest component",
  description: "A component that applies Kubernetes objects, written out or made by kustomize.",
  location: "components/**/*.toml",
  schema,
  rules: (raw, report) => {
    exclusive(raw, report, { keys: ["manifest", "kustomize"], required: true, what: "A Kubernetes manifest" });
    if (raw["kustomize"] !== undefined) repoRule(raw, report, "A kustomization");
    for (const key of ["public_repo", "connected_repo"]) {
      if (raw["kustomize"] === undefined && raw[key] !== undefined) {
        report([key], { code: "exclusive_keys", message: `\`${key}\` is only for \`kustomize\``, fix: `remove \`[${key}]\`` });
      }
    }
  },
  example: `# kubernetes-manifest
name      = "config"
type      = "kubernetes_manifest"
namespace = "api"
manifest  = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  domain: "{{ .nuon.inputs.inputs.domain }}"
"""
`,
});

export function normaliseKubernetesManifest(raw: z.output<typeof schema>, file: string): ManifestComponent {
  return {
    type: "kubernetes_manifest",
    ...normaliseCommon(raw, file, { build: 300, deploy: 900 }),
    namespace: raw.namespace,
    manifest: raw.manifest,
    kustomize: raw.kustomize
      ? {
          path: raw.kustomize.path,
          patches: raw.kustomize.patches ?? [],
          enableHelm: raw.kustomize.enable_helm ?? false,
          loadRestrictor: raw.kustomize.load_restrictor ?? "rootOnly",
        }
      : undefined,
    repo: normaliseRepo(raw),
    ...(raw.image_pull_secret ? { imagePullSecret: true } : {}),
  };
}
