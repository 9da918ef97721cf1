import { canonicalJson } from "@berth/kit/digest";
import { planHeader } from "@berth/plan/header";
import type { KubernetesPlanSpec } from "@berth/protocol/job-spec";
import { describeOutputs } from "../../cluster/describe-outputs.ts";
import { openKubectl, type Kubectl } from "../../cluster/kubectl.ts";
import { planPullSecret } from "../../cluster/pull-secret.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import { leavePlanBytes, leavePlanDisplay } from "../../plan/leave.ts";
import type { Handler, HandlerResult } from "../handler.ts";
import { findChanges, type Changes } from "./changes.ts";

/** Compares what is wanted with what stands. A plan without changes tells the outputs that an apply would. */
export const runPlan: Handler<KubernetesPlanSpec> = async (ctx, spec) => {
  const kubectl = await openKubectl(ctx, spec.cluster);
  const changes = await findChanges(ctx, spec, kubectl);
  const pull = await planPullSecret(ctx, spec, kubectl);
  const plan = await leavePlanBytes(ctx, planBytes(changes, spec));
  const { notes } = changes;
  const objects = [...pull, ...changes.objects];
  const summary = await leavePlanDisplay(ctx, { plan, header: planHeader({ kind: "kubernetes", objects, notes }), objects });
  // An inventory that is left over, or was never written, is a reason to apply although no object changes.
  const settled = spec.destroy ? changes.inventory === undefined : changes.inventory !== undefined;
  const hasChanges = summary.hasChanges || !settled;
  return { plan: { ...summary, hasChanges }, ...(hasChanges || spec.destroy ? {} : await outputsNow(kubectl, changes)) };
};

/** What is approved: every object as it will be, what is deleted, and the digest of all differences. */
export function planBytes(changes: Changes, { destroy, pullSecret }: Pick<KubernetesPlanSpec, "destroy" | "pullSecret">): Buffer {
  const { wanted, pruned, replaced, makesNamespace, digest } = changes;
  return Buffer.from(
    canonicalJson({
      version: 1,
      kind: "kubernetes",
      destroy,
      ...(pullSecret ? { pullSecret: pullSecret.credential } : {}),
      apply: wanted.map(({ object }) => object),
      delete: pruned.map(nameOnly),
      replace: [...replaced.keys()],
      makesNamespace,
      changes: digest,
    }),
  );
}

async function outputsNow(kubectl: Kubectl, changes: Changes): Promise<Pick<HandlerResult, "outputs">> {
  if (changes.wanted.length === 0) return { outputs: describeOutputs([]) };
  const live = await kubectl.objects([
    "get",
    "-f",
    kubectl.file(changes.wanted.map(({ object }) => nameOnly(object))),
    "--ignore-not-found",
  ]);
  return { outputs: describeOutputs(live) };
}
