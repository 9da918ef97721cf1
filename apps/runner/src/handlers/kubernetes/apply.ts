import { addressOf, identityOf, type KubernetesObject } from "@berth/plan/kubernetes";
import type { KubernetesApplySpec } from "@berth/protocol/job-spec";
import { describeOutputs } from "../../cluster/describe-outputs.ts";
import { failed, openKubectl, type Kubectl } from "../../cluster/kubectl.ts";
import { releasePullSecret, writePullSecret } from "../../cluster/pull-secret.ts";
import { waitReady } from "../../cluster/wait-ready.ts";
import { fetchApprovedPlan } from "../../plan/fetch-approved.ts";
import { JobFailure, type Handler, type JobContext } from "../handler.ts";
import { findChanges, type Changes } from "./changes.ts";
import { deleteObjects } from "./delete.ts";
import { fieldManager, itemOf, objectOf, writeInventory } from "./inventory.ts";
import { printJobLogs } from "./job-logs.ts";
import { planBytes } from "./plan.ts";
import { removeAll } from "./remove-all.ts";

/**
 * Applies exactly the approved plan: what stands is compared again, and a difference that nobody approved makes the plan stale before anything is changed.
 * The inventory holds old and new objects while it works, so that whatever becomes of this process, the next run knows what there may be.
 */
export const runApply: Handler<KubernetesApplySpec> = async (ctx, spec) => {
  const fetching = fetchApprovedPlan(ctx, spec.plan.digest);
  // Awaited below; until then a failure is no crash.
  fetching.catch(() => {});
  const kubectl = await openKubectl(ctx, spec.cluster);
  const changes = await findChanges(ctx, spec, kubectl);
  const approved = await fetching;
  if (!planBytes(changes, spec).equals(approved))
    throw new JobFailure(
      "plan_stale",
      "The cluster or what is to be applied has changed since the plan was made. Nothing was applied; a new plan shows what is different.",
    );
  if (spec.destroy) {
    await releasePullSecret(ctx, spec, kubectl);
    await removeAll(ctx, { kubectl, changes, seconds: spec.waitSeconds });
    return { outputs: {} };
  }
  const live = await applyAll(ctx, spec, kubectl, changes);
  return { outputs: describeOutputs(live) };
};

async function applyAll(ctx: JobContext, spec: KubernetesApplySpec, kubectl: Kubectl, changes: Changes): Promise<KubernetesObject[]> {
  const { namespace } = spec;
  const about = { installId: ctx.assign.installId, target: spec.target };
  const wanted = changes.wanted.map(({ object }) => object);
  if (changes.makesNamespace) await apply(kubectl, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
  // The namespace of the inventory may be one of the objects.
  const namespaces = wanted.filter(({ kind }) => kind === "Namespace");
  await apply(kubectl, namespaces);

  await writePullSecret(ctx, spec, kubectl);
  const madeNamespace = changes.makesNamespace || changes.inventory?.madeNamespace === true;
  const items = wanted.map(itemOf);
  const identities = new Set(wanted.map((object) => identityOf(object, namespace)));
  const olds = (changes.inventory?.objects ?? []).filter((item) => !identities.has(identityOf(objectOf(item), namespace)));
  await writeInventory(kubectl, changes.at, { objects: [...items, ...olds], madeNamespace }, about);

  const replaced = wanted.filter((object) => changes.replaced.has(addressOf(object, namespace)));
  await deleteObjects(ctx, { kubectl, objects: replaced, namespace, seconds: spec.waitSeconds });
  const definitions = wanted.filter(({ kind }) => kind === "CustomResourceDefinition");
  await apply(kubectl, definitions);
  await waitReady(ctx, { kubectl, objects: definitions, namespace, seconds: spec.waitSeconds });
  await apply(
    kubectl,
    wanted.filter(({ kind }) => kind !== "Namespace" && kind !== "CustomResourceDefinition"),
  );
  await deleteObjects(ctx, { kubectl, objects: changes.pruned, namespace, seconds: spec.waitSeconds });
  const kept = olds.filter(
    (item) => !changes.pruned.some((object) => identityOf(object, namespace) === identityOf(objectOf(item), namespace)),
  );
  await writeInventory(kubectl, changes.at, { objects: [...items, ...kept], madeNamespace }, about);
  const jobs = wanted.filter(({ kind }) => kind === "Job");
  try {
    return await waitReady(ctx, { kubectl, objects: wanted, namespace, seconds: spec.waitSeconds });
  } finally {
    if (!ctx.signal.aborted) await printJobLogs(ctx, { kubectl, jobs, namespace });
  }
}

async function apply(kubectl: Kubectl, objects: readonly object[]): Promise<void> {
  if (objects.length === 0) return;
  const run = await kubectl.tell([
    "apply",
    "--server-side",
    "--force-conflicts",
    `--field-manager=${fieldManager}`,
    "-f",
    kubectl.file(objects),
  ]);
  if (!run.ok) throw failed("apply", run);
}
