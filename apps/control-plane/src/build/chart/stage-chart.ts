import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import type { PackedArchive } from "@berth/oci/pack";
import { parseHelmIgnore } from "./helmignore.ts";
import { packChart } from "./pack-chart.ts";
import { readChart, type Chart } from "./read-chart.ts";
import { stageTree } from "./stage-tree.ts";
import { vendorDependencies, type PackLocal, type Vendored, type VendorContext } from "./vendor-dependencies.ts";

const deepest = 8;

/** A chart packed with all that it needs. */
export type StagedChart = { chart: Chart; packed: PackedArchive; vendored: Vendored[] };

/**
 * Copies a chart's directory as Helm would package it, puts its dependencies into it, and packs it.
 * @param input.where the directory as people know it
 */
export async function stageChart(input: { chart: Chart; where: string; context: VendorContext; depth?: number }): Promise<StagedChart> {
  const { chart, where, context } = input;
  const scratch = await mkdtemp(join(context.scratch, "stage-"));
  const dir = join(scratch, "chart");
  const staged = join(dir, chart.metadata.name);
  const rules = await readFile(join(chart.dir, ".helmignore"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const ignored = parseHelmIgnore(rules, `${where === "" ? "" : `${where}/`}.helmignore`);
  await stageTree({ from: chart.dir, to: staged, root: context.root, where, ignored, signal: context.signal });
  const depth = input.depth ?? 0;
  if (depth > deepest)
    throw new AppError(
      "unprocessable",
      `Chart ${chart.metadata.name} has local dependencies deeper than ${deepest} levels, or in a circle`,
    );
  const packLocal: PackLocal = async (local) => (await stageChart({ ...local, context, depth: depth + 1 })).packed.path;
  const vendored = await vendorDependencies({ chart, staged, where: where || ".", context, packLocal });
  const packed = await packChart({ dir, out: join(scratch, "chart.tgz"), signal: context.signal });
  // What is read from the staged copy is what is packed: a .helmignore may have taken Chart.yaml away.
  return { chart: await readChart(staged, where), packed, vendored };
}
