import type { JobSpec, PullSecret } from "@berth/protocol/job-spec";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../../context.ts";
import { clusterPullCredential } from "../../pull-credentials/of-cluster.ts";
import { pullUsername } from "../../pull-credentials/secret.ts";
import { installRegistryOf } from "../install-registry.ts";

/**
 * What a component's cluster pulls images from our registry with: where its config asks for it, and the install has no registry of its own that they are copied
 * to. It goes to the runner with the job, and never into templates: values and manifests end up in releases and plans.
 */
export async function pullSecretFor(
  ctx: Ctx,
  input: { installId: string; entity: AppConfig["sandbox"] | AppConfig["components"][number]; tree: Record<string, unknown> },
): Promise<PullSecret | undefined> {
  const { installId, entity, tree } = input;
  if (!("imagePullSecret" in entity) || entity.imagePullSecret !== true) return undefined;
  const own = installRegistryOf({ tree, component: entity.name });
  // One that can't be made out ends the job anyway, when its artifact is asked for.
  if ("failure" in own || own.registry) return undefined;
  const { id, password } = await clusterPullCredential(ctx, { installId });
  return { credential: id, server: new URL(ctx.system.settings.publicUrl).host, username: pullUsername, password };
}

/** A spec with what its cluster pulls with, or without. It is that of today also where a job is made once more: an older one may be revoked. */
export function withPullSecret<Spec extends JobSpec>(spec: Spec, pullSecret: PullSecret | undefined): Spec {
  if (spec.kind !== "helm.plan" && spec.kind !== "kubernetes.plan") return spec;
  const { pullSecret: _before, ...rest } = spec;
  return { ...rest, ...(pullSecret ? { pullSecret } : {}) } as Spec;
}
