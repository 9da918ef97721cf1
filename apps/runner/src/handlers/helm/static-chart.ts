import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Chart } from "./chart.ts";
import { definitionsText } from "./definitions.ts";
import type { Helm } from "./helm.ts";

/**
 * A chart that renders to exactly these documents: what was approved is what Helm installs, hooks and all. Name and versions are those of the real chart, and so
 * are the definitions in its `crds/`, which Helm does not template.
 * @returns its directory
 */
export async function writeStaticChart(helm: Helm, input: { chart: Chart; documents: readonly string[]; dir: string }): Promise<string> {
  const { chart, documents, dir } = input;
  // Its parts are inside already; whether the cluster suits it, rendering has found out.
  const { dependencies: _dependencies, kubeVersion: _kubeVersion, ...metadata } = chart.metadata;
  mkdirSync(join(dir, "templates"), { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text, { mode: 0o600 });
  write("Chart.yaml", stringify({ ...metadata, apiVersion: "v2", type: "application" }));
  for (const [index, document] of documents.entries())
    write(`templates/${String(index + 1).padStart(5, "0")}.yaml`, escapeTemplate(document));
  const definitions = await definitionsText(helm, chart);
  if (definitions !== "") {
    mkdirSync(join(dir, "crds"), { mode: 0o700 });
    write("crds/crds.yaml", definitions);
  }
  return dir;
}

/** Text that a template renders to itself. */
export function escapeTemplate(text: string): string {
  return text.replaceAll("{{", '{{"{{"}}');
}
