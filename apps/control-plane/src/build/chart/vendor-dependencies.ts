import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import type { ChartAddress, FetchedChart } from "./chart-address.ts";
import { checkComplete } from "./check-complete.ts";
import { localChart } from "./local-chart.ts";
import { lockedVersion } from "./locked-version.ts";
import type { ChartDependency } from "./metadata.ts";
import { satisfies } from "./pick-version.ts";
import type { Chart } from "./read-chart.ts";
import { unpackChart } from "./unpack-chart.ts";
import { vendoredCharts } from "./vendored.ts";

/** Where charts are found and what they may come from. */
export type VendorContext = {
  /** The checkout: `file://` dependencies have to lie in it. */
  root: string;
  /** A directory for files on the way. */
  scratch: string;
  fetch: (address: ChartAddress) => Promise<FetchedChart>;
  say: (line: string) => void;
  signal: AbortSignal;
};

/** A dependency that is now in `charts/`. `from` is a repository, a `file://` path, or empty where the chart brought it. */
export type Vendored = { name: string; version: string; from: string };

/** Packs a chart of the checkout and gives the archive's path. */
export type PackLocal = (local: { chart: Chart; where: string }) => Promise<string>;

/**
 * Puts every dependency of a chart into the `charts/` of its staged copy, so that nothing is left to be fetched when it is installed: what the lock file
 * holds, else the newest that satisfies. What lies there already and fits stays.
 * @param input.staged the copy that gets packed
 * @throws AppError `unprocessable` for dependencies that are not allowed, not found or do not fit; others of fetching
 */
export async function vendorDependencies(input: {
  chart: Chart;
  staged: string;
  where: string;
  context: VendorContext;
  /** Packs a chart of the checkout with all that it needs. */
  packLocal: PackLocal;
}): Promise<Vendored[]> {
  const { chart, staged, where, context, packLocal } = input;
  const { metadata, dependencies } = chart;
  if (dependencies.length > 0 && !chart.lock && dependencies.some(({ repository }) => /^(https?|oci):/i.test(repository ?? "")))
    context.say(`Warning: chart ${metadata.name} has no lock file: the newest dependencies that fit are taken. Commit one to keep them.`);
  const done: Vendored[] = [];
  for (const dependency of dependencies) {
    const version = lockedVersion(chart, dependency);
    const one = await vendor({ dependency, version, chart, staged, where, context, packLocal });
    if (!done.some(({ name, version: other }) => name === one.name && other === one.version)) done.push(one);
  }
  await checkComplete({ ...chart, dir: staged }, where);
  return done;
}

async function vendor(input: {
  dependency: ChartDependency;
  version: string | undefined;
  chart: Chart;
  staged: string;
  where: string;
  context: VendorContext;
  packLocal: PackLocal;
}): Promise<Vendored> {
  const { dependency, staged, where, context } = input;
  const { name } = dependency;
  const from = dependency.repository?.trim() ?? "";
  const what = `dependency "${name}" of chart ${input.chart.metadata.name}`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/.test(name))
    throw new AppError("unprocessable", `${JSON.stringify(name.slice(0, 100))} is not the name of a chart (${where})`);
  const wanted = input.version ?? dependency.version?.trim() ?? "";
  const fits = (version: string): boolean => wanted === "" || version === wanted || satisfies(version, wanted, what);

  const present = (await vendoredCharts(staged, where)).filter((one) => one.name === name);
  const local = from.startsWith("file://");
  const there = local ? undefined : present.find(({ version }) => fits(version));
  if (there) {
    context.say(`Using ${name} ${there.version}, which the chart brings along`);
    return { name, version: there.version, from: "" };
  }
  if (from === "")
    throw new AppError(
      "unprocessable",
      `${what} names no repository, and ${where}/charts has no ${name}${wanted === "" ? "" : ` ${wanted}`}`,
    );
  // A stale one would be installed beside the new one.
  for (const { path } of present) await rm(path, { recursive: true });
  await mkdir(join(staged, "charts"), { recursive: true });
  const archive = (version: string): string => join(staged, "charts", `${name}-${version}.tgz`);

  if (local) {
    const found = await localChart({ chart: input.chart, repository: from, where, root: context.root });
    const { version } = found.chart.metadata;
    if (found.chart.metadata.name !== name)
      throw new AppError("unprocessable", `${what} is at ${found.where}, but the chart there is ${found.chart.metadata.name}`);
    if (!fits(version))
      throw new AppError(
        "unprocessable",
        `${what} wants ${wanted}, but ${found.where} has ${version}. Run \`helm dependency update\` and commit its lock file.`,
      );
    await copyFile(await input.packLocal(found), archive(version));
    context.say(`Packed ${name} ${version} from ${found.where}`);
    return { name, version, from };
  }
  if (!/^(https?|oci):/i.test(from)) {
    throw new AppError(
      "unprocessable",
      `${what} is from ${JSON.stringify(from.slice(0, 200))}, which only a machine knows where \`helm repo add\` was run. Write the repository's address: https://…, oci://… or file://…`,
    );
  }
  const fetched = await context.fetch({ repoUrl: from, chart: name, version: wanted });
  const scratch = await mkdtemp(join(context.scratch, "dependency-"));
  const inner = await unpackChart({
    path: fetched.path,
    dir: join(scratch, "chart"),
    name,
    version: fetched.version,
    signal: context.signal,
  });
  await checkComplete(inner, `${name} ${fetched.version} of ${from}`);
  await copyFile(fetched.path, archive(inner.metadata.version));
  return { name, version: inner.metadata.version, from };
}
