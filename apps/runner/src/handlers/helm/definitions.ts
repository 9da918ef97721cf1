import type { KubernetesObject } from "@berth/plan/kubernetes";
import { readObjects } from "../../cluster/documents.ts";
import type { Chart } from "./chart.ts";
import { helmFailed, type Helm } from "./helm.ts";

/** The text of the definitions in a chart's `crds/`, those of its parts included. Empty where it has none. */
export async function definitionsText(helm: Helm, chart: Pick<Chart, "archive" | "mayDefine">): Promise<string> {
  if (!chart.mayDefine) return "";
  const shown = await helm.run(["show", "crds", chart.archive]);
  if (!shown.ok) throw helmFailed("The definitions of the chart could not be read", shown);
  return shown.stdout.trim() === "" ? "" : shown.stdout;
}

/** The definitions in a chart's `crds/`. */
export async function readDefinitions(helm: Helm, chart: Pick<Chart, "archive" | "mayDefine">): Promise<KubernetesObject[]> {
  return readObjects(await definitionsText(helm, chart), "the chart's crds/", { repeatedKeys: true }).map(({ object }) => object);
}
