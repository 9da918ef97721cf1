import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { addressOf, type KubernetesObject } from "@berth/plan/kubernetes";
import { newId } from "@berth/kit/ids";
import type { KubernetesProbe } from "@berth/protocol/specs/health";
import { containerTroubles, podsOf } from "../../cluster/explain-unready.ts";
import { failed, openKubectl, readPrinted, type Kubectl } from "../../cluster/kubectl.ts";
import { troublesOf, type Trouble } from "../../cluster/troubles.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import type { JobContext } from "../handler.ts";
import { readRelease } from "../helm/release.ts";
import { documentsOf, ownObjects } from "../helm/rendering.ts";
import { inventoryName, objectOf, readInventory } from "../kubernetes/inventory.ts";
import type { Seen } from "./probe.ts";

/**
 * Looks at the objects that a component's deploy has made: one call for what they are, one for how they are, and one more for the pods of the worst where something is wrong.
 * @throws JobFailure where nobody could look: the cluster does not answer, or the runner may not
 */
export async function lookAtObjects(ctx: JobContext, probe: KubernetesProbe): Promise<Seen> {
  const work = join(ctx.journal.work, newId("look"));
  mkdirSync(work, { recursive: true, mode: 0o700 });
  // What keeps the way into the cluster open ends with the look, not with the process, which may run more jobs.
  const over = new AbortController();
  const looking = { ...ctx, journal: { ...ctx.journal, work }, signal: AbortSignal.any([ctx.signal, over.signal]) };
  try {
    const kubectl = await openKubectl(looking, probe.cluster, { beside: true });
    const made = await madeBy(ctx, probe, kubectl);
    if (typeof made === "string") return { healthy: false, status: "unhealthy", why: made };
    const live = await liveOnes(kubectl, made, probe.namespace);
    const [worst, ...others] = troublesOf(made, live, probe.namespace);
    if (!worst)
      return { healthy: true, status: "healthy", why: `${made.length} ${made.length === 1 ? "object is" : "objects are"} there and ready` };
    return { healthy: false, status: worst.status, why: `${await inWords(kubectl, worst, probe.namespace)}${andMore(others)}` };
  } finally {
    over.abort();
  }
}

/** The objects by name, or in words that what tells of them is gone. */
async function madeBy(ctx: JobContext, { made, namespace }: KubernetesProbe, kubectl: Kubectl): Promise<KubernetesObject[] | string> {
  if (made.by === "inventory") {
    const name = inventoryName(ctx.assign.installId, made.target);
    const inventory = await readInventory(kubectl, { name, namespace });
    return inventory?.objects.map(objectOf) ?? `ConfigMap ${namespace}/${name}, which lists its objects, is not there any more`;
  }
  const place = { ...made, namespace };
  const release = (await readRelease(kubectl, place, "deployed")) ?? (await readRelease(kubectl, place));
  if (!release?.standing) return `the release ${namespace}/${made.releaseName} is not there any more`;
  return ownObjects(documentsOf(release.standing.record, "the release that stands"));
}

/** A kind that the cluster does not know any more: its objects went with its definition. */
const unknownKind = /no matches for kind|ensure CRDs are installed first|the server doesn't have a resource type|^\s*$/;

async function liveOnes(kubectl: Kubectl, made: readonly KubernetesObject[], namespace: string): Promise<KubernetesObject[]> {
  if (made.length === 0) return [];
  const run = await kubectl.run([
    "get",
    "-f",
    kubectl.file(made.map(nameOnly)),
    "--ignore-not-found",
    "--namespace",
    namespace,
    "-o",
    "json",
  ]);
  if (!run.ok && !run.stderr.split("\n").every((line) => unknownKind.test(line))) throw failed("get", run);
  return readPrinted(run.stdout);
}

/** The object, what is wrong with it, and what keeps the first of its pods that has a trouble. */
async function inWords(kubectl: Kubectl, { address, why, live }: Trouble, namespace: string): Promise<string> {
  const text = `${address}: ${why}`;
  if (!live) return text;
  // Where the pods can't be listed, what is known is told.
  const pods = live.kind === "Pod" ? [live] : await podsOf(kubectl, live, live.metadata.namespace ?? namespace).catch(() => []);
  for (const pod of pods) {
    const [first] = containerTroubles(pod);
    if (first) return `${text}; ${live === pod ? "" : `${addressOf(pod, namespace)}, `}container ${first.container}: ${first.what}`;
  }
  return text;
}

function andMore(others: readonly Trouble[]): string {
  return others.length === 0 ? "" : ` (and ${others.length} more)`;
}
