import { AppError } from "@berth/kit/errors";
import { satisfies } from "./pick-version.ts";
import { readChart, type Chart } from "./read-chart.ts";
import { vendoredCharts } from "./vendored.ts";

/** Refuses a chart that names dependencies it does not bring along, its directories in `charts/` included: it could not be installed. @throws AppError `unprocessable` */
export async function checkComplete(chart: Chart, where: string, depth = 0): Promise<void> {
  const present = await vendoredCharts(chart.dir, where);
  const missing = chart.dependencies.filter(
    ({ name, version }) =>
      !present.some(
        (one) => one.name === name && (!version || version === one.version || satisfies(one.version, version, `dependency ${name}`)),
      ),
  );
  if (missing.length > 0) {
    const names = missing.slice(0, 5).map(({ name, version }) => `${name} ${version ?? ""}`.trim());
    throw new AppError(
      "unprocessable",
      `The charts/ of ${where} lacks ${names.join(", ")}, which it depends on: Helm could not install it`,
    );
  }
  if (depth >= 10) return;
  for (const { path, name, directory } of present) {
    if (directory) await checkComplete(await readChart(path, `${where}/charts/${name}`), `${where}/charts/${name}`, depth + 1);
  }
}
