import { setTimeout as sleep } from "node:timers/promises";
import { addressOf, type KubernetesObject } from "@berth/plan/kubernetes";
import { failed, type Kubectl } from "../../cluster/kubectl.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import { JobFailure, type JobContext } from "../handler.ts";

const lookEveryMs = 500;
const tellEveryMs = 10_000;

/**
 * Deletes objects in the order given and waits until they are gone. What is gone already, or goes with something else, is no error.
 * @throws JobFailure `not_ready` that names what stays, and the finalizers that keep it
 */
export async function deleteObjects(
  ctx: JobContext,
  input: { kubectl: Kubectl; objects: readonly KubernetesObject[]; namespace: string; seconds: number },
): Promise<void> {
  const { kubectl, objects, namespace } = input;
  if (objects.length === 0) return;
  const file = kubectl.file(objects.map(nameOnly));
  const run = await kubectl.tell(["delete", "-f", file, "--ignore-not-found", "--wait=false", "--cascade=background"]);
  // A kind that went away took its objects along.
  if (!run.ok && !/no matches for kind|the server could not find the requested resource/.test(run.stderr)) throw failed("delete", run);
  const until = Date.now() + input.seconds * 1000;
  let toldAt = Date.now();
  for (;;) {
    const look = await kubectl.run(["get", "-f", file, "--ignore-not-found", "-o", "json"]);
    if (!look.ok && !/no matches for kind|the server could not find the requested resource/.test(look.stderr)) throw failed("get", look);
    const left = look.stdout.trim() === "" ? [] : leftIn(look.stdout);
    if (left.length === 0) return;
    const what = left.map((object) => `${addressOf(object, namespace)}${holders(object)}`).join("; ");
    if (Date.now() >= until)
      throw new JobFailure(
        "not_ready",
        `After ${input.seconds} s there is still ${what}. What keeps it has to let go, or its finalizers have to be removed by hand.`,
      );
    if (Date.now() - toldAt >= tellEveryMs) {
      await ctx.spool.line(`[berth] waiting until ${what.slice(0, 2000)} is gone`);
      toldAt = Date.now();
    }
    await sleep(lookEveryMs, undefined, { signal: ctx.signal }).catch(() => {
      throw new JobFailure("not_ready", `It was still waiting until ${what.slice(0, 2000)} is gone`);
    });
  }
}

function leftIn(text: string): KubernetesObject[] {
  const value = JSON.parse(text) as { kind?: string; items?: KubernetesObject[] };
  return value.kind === "List" ? (value.items ?? []) : [value as KubernetesObject];
}

function holders(object: KubernetesObject): string {
  const finalizers = (object.metadata as { finalizers?: string[] }).finalizers ?? [];
  return finalizers.length === 0 ? "" : ` (held by ${finalizers.join(", ")})`;
}
