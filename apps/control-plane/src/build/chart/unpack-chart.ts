import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { unpackArchive } from "@berth/oci/unpack";
import { archiveBytes } from "./chart-address.ts";
import { readChart, type Chart } from "./read-chart.ts";
import { chartLimits } from "./stage-tree.ts";

/**
 * Unpacks a chart's archive of unknown origin into a new directory and reads it.
 * @param expected what it has to be: an archive of anything else under that name is refused
 */
export async function unpackChart(input: {
  path: string;
  dir: string;
  name: string;
  version: string;
  signal: AbortSignal;
}): Promise<Chart> {
  const limits = { archiveBytes, expandedBytes: chartLimits.bytes, entries: chartLimits.files };
  await unpackArchive({ source: input.path, dir: input.dir, limits, signal: input.signal });
  const names = await readdir(input.dir);
  const [top] = names;
  if (top === undefined || names.length > 1)
    throw new AppError("unprocessable", `The archive of chart ${input.name} ${input.version} does not hold one directory, as charts do`);
  const chart = await readChart(join(input.dir, top), input.name);
  const { name, version } = chart.metadata;
  if (name !== input.name || version.replace(/^v/, "") !== input.version.replace(/^v/, ""))
    throw new AppError("unprocessable", `The archive of chart ${input.name} ${input.version} holds chart ${name} ${version}`);
  return chart;
}
