import { setTimeout as sleep } from "node:timers/promises";
import { addressOf, type KubernetesObject } from "@berth/plan/kubernetes";
import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { openKubectl } from "../../cluster/kubectl.ts";
import { verdictOf } from "../../cluster/readiness.ts";
import type { JobContext } from "../handler.ts";
import { liveObjects } from "./live-objects.ts";

const firstLookMs = 1500;
const lookEveryMs = 3000;
const tellEveryMs = 9000;

/**
 * Tells in the log what a release that is being installed waits for, object by object, while helm itself says nothing: at once when it changes, and at least
 * every ten seconds.
 */
export async function tellProgress(ctx: JobContext, spec: HelmApplySpec, objects: readonly KubernetesObject[]): Promise<AsyncDisposable> {
  const stop = new AbortController();
  const kubectl = await openKubectl({ ...ctx, signal: AbortSignal.any([ctx.signal, stop.signal]) }, spec.cluster, { beside: true });
  const look = liveObjects(kubectl, spec, objects);
  const tell = async (): Promise<void> => {
    let told = "";
    let toldAt = Date.now();
    for (let wait = firstLookMs; ; wait = lookEveryMs) {
      await sleep(wait, undefined, { signal: stop.signal });
      const live = await look();
      const open = live.flatMap((object) => {
        const verdict = verdictOf(object);
        return verdict.state === "ready" ? [] : [`${addressOf(object, spec.namespace)}: ${verdict.why}`];
      });
      const missing = objects.length - live.length;
      const now = [...open, ...(missing > 0 ? [`${missing} of ${objects.length} objects are not there yet`] : [])].join("; ");
      if (now === told && Date.now() - toldAt < tellEveryMs) continue;
      await ctx.spool.line(now === "" ? "[berth] every object is ready; waiting for helm" : `[berth] waiting for ${now.slice(0, 2000)}`);
      told = now;
      toldAt = Date.now();
    }
  };
  // Progress is a courtesy: whatever goes wrong with it, the job goes on.
  const telling = tell().catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await telling;
    },
  };
}
