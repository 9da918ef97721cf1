import type { KubernetesObject } from "@berth/plan/kubernetes";
import { failed, type Kubectl } from "../../cluster/kubectl.ts";
import type { JobContext } from "../handler.ts";
import type { Changes } from "./changes.ts";
import { deleteObjects } from "./delete.ts";

/** What a namespace has by itself. */
const ownOfNamespaces =
  /^(serviceaccount\/default|configmap\/kube-root-ca\.crt|event(s)?[./]|event\.events\.k8s\.io\/|lease\.|endpoints\/|endpointslice\.)/;

/** Deletes everything that the inventory knows, then the inventory, then the namespace where it was ours and nothing else is left in it. */
export async function removeAll(ctx: JobContext, input: { kubectl: Kubectl; changes: Changes; seconds: number }): Promise<void> {
  const { kubectl, changes, seconds } = input;
  const { namespace, name } = changes.at;
  await deleteObjects(ctx, { kubectl, objects: changes.pruned, namespace, seconds });
  if (!changes.inventory) return;
  const ended = await kubectl.run(["delete", "configmap", name, "--namespace", namespace, "--ignore-not-found"]);
  if (!ended.ok) throw failed("delete", ended);
  if (!changes.inventory.madeNamespace) return;
  const left = await othersIn(kubectl, namespace);
  if (left.length > 0) {
    await ctx.spool.line(
      `[berth] the namespace ${namespace} stays: ${left.slice(0, 5).join(", ")}${left.length > 5 ? ` and ${left.length - 5} more` : ""} still there`,
    );
    return;
  }
  const object: KubernetesObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await deleteObjects(ctx, { kubectl, objects: [object], namespace, seconds });
}

/** What else is in a namespace, of every kind that the runner may list. */
async function othersIn(kubectl: Kubectl, namespace: string): Promise<string[]> {
  const kinds = await kubectl.run(["api-resources", "--namespaced=true", "--verbs=list,delete", "-o", "name"]);
  const names = kinds.stdout
    .split("\n")
    .filter((each) => each !== "" && !/^(events|leases|endpoints|endpointslices|pods\.metrics)/.test(each));
  if (names.length === 0) return ["something that can't be listed"];
  const found = await kubectl.run(["get", names.join(","), "--namespace", namespace, "--ignore-not-found", "-o", "name"]);
  if (!found.ok) return ["something that can't be listed"];
  return found.stdout.split("\n").filter((each) => each !== "" && !ownOfNamespaces.test(each));
}
