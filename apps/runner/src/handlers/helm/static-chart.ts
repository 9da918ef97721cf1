import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { helmFailed, type Helm } from "./helm.ts";

/**
 * A chart that renders to exactly these documents: what was approved is what Helm installs, hooks and all. Name and versions are those of the real chart, and so
 * are the definitions in its `crds/`, which Helm does not template.
 * @returns its directory
 */
export async function writeStaticChart(helm: Helm, input: { archive: string; documents: readonly string[]; dir: string }): Promise<string> {
  const { archive, documents, dir } = input;
  const shown = await helm.run(["show", "chart", archive]);
  if (!shown.ok) throw helmFailed("show chart", shown);
  // Its parts are inside already.
  const { dependencies: _dependencies, ...chart } = parse(shown.stdout) as Record<string, unknown>;
  mkdirSync(join(dir, "templates"), { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text, { mode: 0o600 });
  write("Chart.yaml", stringify({ ...chart, apiVersion: "v2" }));
  for (const [index, document] of documents.entries())
    write(`templates/${String(index + 1).padStart(5, "0")}.yaml`, escapeTemplate(document));
  const crds = await helm.run(["show", "crds", archive]);
  if (!crds.ok) throw helmFailed("show crds", crds);
  if (crds.stdout.trim() !== "") {
    mkdirSync(join(dir, "crds"), { mode: 0o700 });
    write("crds/crds.yaml", crds.stdout);
  }
  return dir;
}

/** Text that a template renders to itself. */
export function escapeTemplate(text: string): string {
  return text.replaceAll("{{", '{{"{{"}}');
}
