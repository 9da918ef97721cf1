import { setTimeout as sleep } from "node:timers/promises";
import { addressOf, type KubernetesObject } from "@berth/plan/kubernetes";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { explainUnready } from "./explain-unready.ts";
import type { Kubectl } from "./kubectl.ts";
import { verdictOf, type Verdict } from "./readiness.ts";

const lookEveryMs = 500;
const tellEveryMs = 10_000;

/**
 * Waits until all objects are ready. What is waited for is told in the log whenever it changes, and at least every 10 s.
 * @returns the objects as they are then
 * @throws JobFailure `not_ready` where one fails for good or the time is over: which one, and why, down to the pod
 */
export async function waitReady(
  ctx: JobContext,
  input: { kubectl: Kubectl; objects: readonly KubernetesObject[]; namespace: string; seconds: number },
): Promise<KubernetesObject[]> {
  const { kubectl, namespace } = input;
  if (input.objects.length === 0) return [];
  const file = kubectl.file(input.objects.map(nameOnly));
  const until = Date.now() + input.seconds * 1000;
  let told = "";
  let toldAt = 0;
  for (;;) {
    const live = await kubectl.objects(["get", "-f", file, "--ignore-not-found", "--namespace", namespace].filter((each) => each !== ""));
    const verdicts = live.map((object) => ({ object, address: addressOf(object, namespace), verdict: verdictOf(object) }));
    const open = verdicts.filter(({ verdict }) => verdict.state !== "ready");
    const missing = input.objects.length - live.length;
    if (open.length === 0 && missing <= 0) return live;
    const failed = open.find(({ verdict }) => verdict.state === "failed");
    if (failed || Date.now() >= until) {
      const first = failed ?? open[0];
      if (!first) throw new JobFailure("not_ready", `${missing} objects that were applied are not there any more: somebody deletes them.`);
      throw new JobFailure(
        "not_ready",
        await explainUnready({
          kubectl,
          object: first.object,
          namespace,
          why: whyOf(first.verdict),
          seconds: failed ? undefined : input.seconds,
          others: open.length - 1,
        }),
      );
    }
    const now = open.map(({ address, verdict }) => `${address}: ${whyOf(verdict)}`).join("; ");
    if (now !== told || Date.now() - toldAt >= tellEveryMs) {
      await ctx.spool.line(`[berth] waiting for ${now.slice(0, 2000)}`);
      told = now;
      toldAt = Date.now();
    }
    await sleep(lookEveryMs, undefined, { signal: ctx.signal }).catch(() => {
      throw new JobFailure("not_ready", `It was still waiting for ${now.slice(0, 2000)}`);
    });
  }
}

/** As much of an object as kubectl needs to find it. */
export function nameOnly(object: KubernetesObject): object {
  const { name, namespace } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function whyOf(verdict: Verdict): string {
  return verdict.state === "ready" ? "" : verdict.why;
}
