import { existsSync, realpathSync, writeFileSync, mkdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { KubernetesApplySpec, KubernetesPlanSpec } from "@berth/protocol/job-spec";
import { stringify } from "yaml";
import { pullFiles } from "../../artifact/pull.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { needTool } from "../../tools/need-tool.ts";
import { JobFailure, type JobContext } from "../handler.ts";

/** The YAML that a component's objects are read from: as it came, or what its kustomization makes of its files. */
export async function readSource(
  ctx: JobContext,
  spec: KubernetesPlanSpec | KubernetesApplySpec,
  kubectl: Kubectl,
): Promise<{ text: string; from: string }> {
  const { source } = spec;
  if (source.kind === "documents") return { text: source.text, from: "the manifest" };
  const root = join(ctx.journal.work, "kustomize");
  const files = join(root, "files");
  mkdirSync(root, { recursive: true, mode: 0o700 });
  await pullFiles(ctx, source.artifact, files);
  const dir = join(files, source.path);
  if (!existsSync(dir) || escapes(files, dir))
    throw new JobFailure("spec_invalid", `The artifact has no directory ${JSON.stringify(source.path)} with a kustomization`);
  const target = source.patches.length === 0 ? dir : overlay(root, dir, source.patches);
  const args = [
    "kustomize",
    target,
    // The overlay needs no more: a base is a root of its own.
    `--load-restrictor=${source.loadRestrictor === "none" ? "LoadRestrictionsNone" : "LoadRestrictionsRootOnly"}`,
  ];
  if (source.enableHelm) args.push("--enable-helm", `--helm-command=${(await needTool(ctx, { name: "helm", atLeast: "3.14.0" })).path}`);
  const run = await kubectl.run(args);
  if (!run.ok) throw new JobFailure("kubernetes_failed", `The kustomization ${source.path} can't be built: ${run.stderr.slice(0, 12_000)}`);
  return { text: run.stdout, from: `the kustomization ${source.path}` };
}

/** A kustomization on top of the vendor's, with the patches of this install. */
function overlay(root: string, dir: string, patches: readonly string[]): string {
  const path = join(root, "overlay");
  mkdirSync(path, { mode: 0o700 });
  const content = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [relative(path, dir)],
    patches: patches.map((patch) => ({ patch })),
  };
  writeFileSync(join(path, "kustomization.yaml"), stringify(content), { mode: 0o600 });
  return path;
}

function escapes(root: string, path: string): boolean {
  const inner = relative(realpathSync(root), realpathSync(path));
  return inner === ".." || inner.startsWith(`..${sep}`);
}
