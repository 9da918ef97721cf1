import { packDirectory, type PackedArchive } from "@berth/oci/pack";
import { archiveBytes } from "./chart-address.ts";
import { chartLimits } from "./stage-tree.ts";

/** Packs a staged chart: equal files give equal bytes. @param input.dir holds one directory, named as the chart */
export function packChart(input: { dir: string; out: string; signal: AbortSignal }): Promise<PackedArchive> {
  const limits = { archiveBytes, expandedBytes: 2 * chartLimits.bytes, entries: 2 * chartLimits.files };
  return packDirectory({ dir: input.dir, out: input.out, limits, signal: input.signal });
}
