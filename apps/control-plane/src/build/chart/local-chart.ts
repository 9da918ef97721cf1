import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { AppError } from "@berth/kit/errors";
import { readChart, type Chart } from "./read-chart.ts";

/**
 * The chart that a `file://…` dependency leads to, from the directory of the chart that names it.
 * @param input.root it has to lie in it
 * @throws AppError `unprocessable` for what leads out of it or is no chart
 */
export async function localChart(input: {
  chart: Chart;
  repository: string;
  where: string;
  root: string;
}): Promise<{ chart: Chart; where: string }> {
  const { chart, repository } = input;
  const path = repository.slice("file://".length);
  const shown = `The dependency ${JSON.stringify(repository.slice(0, 200))} of chart ${chart.metadata.name}`;
  if (path.startsWith("/")) throw new AppError("unprocessable", `${shown} is an absolute path; write it relative to the chart`);
  const root = await realpath(input.root);
  const base = await realpath(chart.dir);
  const dir = await realpath(resolve(base, path)).catch(() => undefined);
  // Told before whether something is there: what is outside is nobody's business.
  const inside = (one: string): boolean => one === root || one.startsWith(`${root}${sep}`);
  if (!inside(resolve(base, path)) || (dir !== undefined && !inside(dir)))
    throw new AppError("unprocessable", `${shown} leads out of the repository`);
  if (dir === undefined) throw new AppError("unprocessable", `${shown} is not there in the repository`);
  const where = relative(root, dir) || ".";
  return { chart: await readChart(dir, where), where };
}
