import { createHash } from "node:crypto";
import type { KubernetesObject } from "@berth/plan/kubernetes";
import { z } from "zod";
import { failed, type Kubectl } from "../../cluster/kubectl.ts";
import { JobFailure } from "../handler.ts";

/** Who our changes are by, in `managedFields`. */
export const fieldManager = "berth";

const itemSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
});
/** An object by name. */
export type InventoryItem = z.infer<typeof itemSchema>;

const contentSchema = z.object({ objects: z.array(itemSchema), madeNamespace: z.boolean().default(false) });

/** The objects that a component has made, as they are noted down in its cluster: what is no longer wanted can be told from what was never ours. */
export type Inventory = z.infer<typeof contentSchema>;

/** The name of the ConfigMap that holds it: one for each target of each install. */
export function inventoryName(installId: string, target: string): string {
  return `berth-inventory-${createHash("sha256").update(`${installId}\n${target}`).digest("hex").slice(0, 16)}`;
}

/** The inventory as it stands; undefined where there is none. @throws JobFailure where somebody has made it unreadable */
export async function readInventory(kubectl: Kubectl, at: { name: string; namespace: string }): Promise<Inventory | undefined> {
  const [found] = await kubectl.objects(["get", "configmap", at.name, "--namespace", at.namespace, "--ignore-not-found"]);
  if (!found) return undefined;
  const text = (found["data"] as Record<string, string> | undefined)?.["inventory"];
  try {
    return contentSchema.parse(JSON.parse(text ?? ""));
  } catch {
    throw new JobFailure(
      "kubernetes_failed",
      `The inventory ConfigMap ${at.namespace}/${at.name} was changed and can't be read. Restore it, or delete it: then objects that were removed from the component are no longer known, and stay.`,
    );
  }
}

/** Notes down what there is from now on. @param about for people who find it */
export async function writeInventory(
  kubectl: Kubectl,
  at: { name: string; namespace: string },
  content: Inventory,
  about: { installId: string; target: string },
): Promise<void> {
  const file = kubectl.file([
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: at.name,
        namespace: at.namespace,
        labels: { "app.kubernetes.io/managed-by": "berth" },
        annotations: { "berth.dev/install": about.installId, "berth.dev/target": about.target },
      },
      data: { inventory: JSON.stringify(content) },
    },
  ]);
  const run = await kubectl.run(["apply", "--server-side", "--force-conflicts", `--field-manager=${fieldManager}`, "-f", file]);
  if (!run.ok) throw failed("apply", run);
}

/** The name of an object as an inventory keeps it. */
export function itemOf(object: KubernetesObject): InventoryItem {
  const { name, namespace } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** As much of an object as kubectl needs to find it. */
export function objectOf(item: InventoryItem): KubernetesObject {
  const { apiVersion, kind, name, namespace } = item;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}
