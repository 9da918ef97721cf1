import { failed, type Kubectl } from "../../cluster/kubectl.ts";
import type { JobContext } from "../handler.ts";
import { readLive } from "./live-secrets.ts";
import { planWrites, type Writes } from "./plan-writes.ts";
import type { WantedObject } from "./wanted-objects.ts";

/** Who our keys are by, in `managedFields`: not the manager of components, which would take them out of a secret that it applies too. */
const fieldManager = "berth-secrets";
const applying = ["apply", "--server-side", "--force-conflicts", `--field-manager=${fieldManager}`, "-f", "-"] as const;

/**
 * Brings the cluster's secrets to what is wanted: makes namespaces that are missing, applies our keys, removes what left the config. Values go through a pipe.
 * @param input.dryRun only compares
 */
export async function writeCluster(
  ctx: Pick<JobContext, "assign" | "spool">,
  input: { kubectl: Kubectl; wanted: readonly WantedObject[]; dryRun: boolean },
): Promise<Pick<Writes, "changes" | "removed">> {
  const { kubectl, wanted, dryRun } = input;
  const { installId } = ctx.assign;
  const live = await readLive(kubectl, { installId, wanted });
  const writes = planWrites({ installId, wanted, live: live.objects });
  if (!live.all)
    await ctx.spool.line(
      "[berth] the runner may not list secrets of all namespaces: what left the config can't be found, and stays where it is",
    );
  for (const address of writes.shared)
    await ctx.spool.line(`[berth] the Kubernetes secret ${address} was made by others: only our keys are written into it`);
  if (dryRun) return writes;
  if (writes.apply.length > 0) {
    await makeNamespaces(ctx, kubectl, [...new Set(wanted.map(({ namespace }) => namespace))]);
    await apply(kubectl, writes.apply);
  }
  for (const { namespace, name, how } of writes.removed) {
    if (how === "deleted") {
      const run = await kubectl.run(["delete", "secret", name, "--namespace", namespace, "--ignore-not-found"]);
      if (!run.ok) throw failed("delete", run);
    } else await apply(kubectl, [{ apiVersion: "v1", kind: "Secret", metadata: { name, namespace } }]);
    await ctx.spool.line(
      `[berth] the Kubernetes secret ${namespace}/${name} left the config: ${how === "deleted" ? "deleted" : "our keys were taken out, since others made it"}`,
    );
  }
  return writes;
}

async function makeNamespaces(ctx: Pick<JobContext, "spool">, kubectl: Kubectl, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const found = await kubectl.run(["get", "namespace", name, "--ignore-not-found", "-o", "name"]);
    // Who may not look at namespaces finds out when something is written into them.
    if (!found.ok || found.stdout.trim() !== "") continue;
    await apply(kubectl, [{ apiVersion: "v1", kind: "Namespace", metadata: { name } }]);
    await ctx.spool.line(`[berth] made the namespace ${name}, which was not there`);
  }
}

async function apply(kubectl: Kubectl, objects: readonly object[]): Promise<void> {
  const run = await kubectl.pipe(applying, objects);
  if (!run.ok) throw failed("apply", run);
}
