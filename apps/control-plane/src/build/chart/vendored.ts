import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { isVersion } from "@berth/template/functions/semver";
import { readChart } from "./read-chart.ts";

/** A chart in another one's `charts/`: an archive or a directory. */
export type VendoredChart = { name: string; version: string; path: string; directory: boolean };

/** What lies in the `charts/` of a chart. Archives are told by their names, as Helm writes them; other files are passed over. */
export async function vendoredCharts(chartDir: string, where: string): Promise<VendoredChart[]> {
  const dir = join(chartDir, "charts");
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new AppError("unprocessable", `"charts" of ${where} is not a directory`);
    throw error;
  });
  const found: VendoredChart[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (/^[._]/.test(entry.name)) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      const { metadata } = await readChart(path, `${where}/charts/${entry.name}`);
      found.push({ name: metadata.name, version: metadata.version, path, directory: true });
      continue;
    }
    const archive = /^(.+?)-(v?\d.*)\.tgz$/.exec(entry.name);
    if (archive && isVersion(archive[2]!)) found.push({ name: archive[1]!, version: archive[2]!, path, directory: false });
  }
  return found;
}
