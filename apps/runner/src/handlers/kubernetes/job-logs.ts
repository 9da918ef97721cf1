import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { Kubectl } from "../../cluster/kubectl.ts";
import type { JobContext } from "../handler.ts";

const mostLines = 5000;

/** Puts what the pods of Jobs have printed into the log. */
export async function printJobLogs(
  ctx: JobContext,
  input: { kubectl: Kubectl; jobs: readonly KubernetesObject[]; namespace: string },
): Promise<void> {
  for (const { metadata } of input.jobs) {
    const namespace = metadata.namespace ?? input.namespace;
    await ctx.spool.line(`[berth] log of job ${namespace}/${metadata.name}:`);
    await input.kubectl.tell(["logs", `job/${metadata.name}`, "--namespace", namespace, "--all-containers", `--tail=${mostLines}`]);
  }
}
