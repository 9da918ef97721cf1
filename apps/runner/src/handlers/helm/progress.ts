import { setTimeout as sleep } from "node:timers/promises";
import { addressOf, type KubernetesObject } from "@berth/plan/kubernetes";
import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { openKubectl } from "../../cluster/kubectl.ts";
import { verdictOf } from "../../cluster/readiness.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import type { JobContext } from "../handler.ts";
import { isHook } from "./compare.ts";

const firstLookMs = 3000;
const lookEveryMs = 8000;

/** Tells in the log what a release that is being installed waits for, while helm itself says nothing. */
export async function tellProgress(ctx: JobContext, spec: HelmApplySpec, objects: readonly KubernetesObject[]): Promise<{ stop(): void }> {
  const stop = new AbortController();
  const kubectl = await openKubectl(ctx, spec.cluster, { beside: true });
  const file = kubectl.file(objects.filter((object) => !isHook(object)).map(nameOnly));
  const tell = async (): Promise<void> => {
    for (let wait = firstLookMs; ; wait = lookEveryMs) {
      await sleep(wait, undefined, { signal: stop.signal });
      const run = await kubectl.run(["get", "-f", file, "--ignore-not-found", "--namespace", spec.namespace, "-o", "json"]);
      if (stop.signal.aborted || !run.ok || run.stdout.trim() === "") continue;
      const value = JSON.parse(run.stdout) as { kind?: string; items?: KubernetesObject[] };
      const live = value.kind === "List" ? (value.items ?? []) : [value as KubernetesObject];
      const open = live.flatMap((object) => {
        const verdict = verdictOf(object);
        return verdict.state === "ready" ? [] : [`${addressOf(object, spec.namespace)}: ${verdict.why}`];
      });
      await ctx.spool.line(open.length === 0 ? "[berth] waiting for helm" : `[berth] waiting for ${open.join("; ").slice(0, 2000)}`);
    }
  };
  // Progress is a courtesy: whatever goes wrong with it, the job goes on.
  tell().catch(() => {});
  return { stop: () => stop.abort() };
}
