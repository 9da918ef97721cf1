import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ChartFiles } from "./chart-files.ts";

/**
 * A chart that renders to exactly these documents: what was approved is what Helm installs, hooks and all. Name and versions are those of the real chart, and so
 * are the definitions in its `crds/`, which Helm does not template.
 * @returns its directory
 */
export function writeStaticChart(input: { files: ChartFiles; documents: readonly string[]; dir: string }): string {
  const { files, documents, dir } = input;
  // Its parts are inside already.
  const { dependencies: _dependencies, ...about } = files.about;
  mkdirSync(join(dir, "templates"), { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text, { mode: 0o600 });
  write("Chart.yaml", stringify({ ...about, apiVersion: "v2" }));
  for (const [index, document] of documents.entries()) write(`templates/${numbered(index)}`, escapeTemplate(document));
  if (files.crds.length > 0) mkdirSync(join(dir, "crds"), { mode: 0o700 });
  for (const [index, text] of files.crds.entries()) write(`crds/${numbered(index)}`, text);
  return dir;
}

/** Text that a template renders to itself. */
export function escapeTemplate(text: string): string {
  return text.replaceAll("{{", '{{"{{"}}');
}

function numbered(index: number): string {
  return `${String(index + 1).padStart(5, "0")}.yaml`;
}
