import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { unpackArchive } from "@berth/oci/unpack";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { parse } from "yaml";
import { pullChart } from "../../artifact/pull-chart.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import { mergeValues } from "./values.ts";

/** A chart and its values on disk. */
export type ChartFiles = {
  archive: string;
  values: string;
  valuesText: string;
  /** What its `Chart.yaml` says. */
  about: Readonly<Record<string, unknown>>;
  name: string;
  version: string;
  /** Definitions that Helm makes first, without templating them: its own and those of its parts. */
  crds: readonly string[];
  /** All its templates and helper files, those of its parts among them. */
  templates: string;
};

/** Pulls the chart, reads what it is, and writes the values. @throws JobFailure */
export async function fetchChart(ctx: JobContext, spec: HelmPlanSpec | HelmApplySpec): Promise<ChartFiles> {
  const archive = join(ctx.journal.work, "chart.tgz");
  await pullChart(ctx, spec.artifact, archive);
  const dir = join(ctx.journal.work, "chart");
  try {
    await unpackArchive({ source: archive, dir, signal: ctx.signal });
  } catch (error) {
    throw error instanceof AppError ? new JobFailure("archive_refused", `The chart can't be unpacked: ${error.message}`) : error;
  }
  const [top = ""] = readdirSync(dir);
  const root = join(dir, top);
  const about = readAbout(root);
  const valuesText = mergeValues(spec);
  const values = join(ctx.journal.work, "values.json");
  writeFileSync(values, valuesText, { mode: 0o600 });
  return {
    archive,
    values,
    valuesText,
    about,
    name: String(about["name"]),
    version: String(about["version"]),
    crds: readDefinitions(root),
    templates: filesBelow(root, /\.(tpl|ya?ml|json|txt)$/)
      .map((path) => readFileSync(path, "utf8"))
      .join("\n"),
  };
}

function readAbout(root: string): Record<string, unknown> {
  try {
    const about: unknown = parse(readFileSync(join(root, "Chart.yaml"), "utf8"));
    if (typeof about === "object" && about !== null && "name" in about && "version" in about) return about as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new JobFailure("archive_refused", "The artifact is no Helm chart: it has no Chart.yaml with a name and a version");
}

function readDefinitions(root: string): string[] {
  const entries = readdirSync(root, { withFileTypes: true });
  const own = entries.some((entry) => entry.isDirectory() && entry.name === "crds") ? filesBelow(join(root, "crds")) : [];
  const parts = entries.some((entry) => entry.isDirectory() && entry.name === "charts")
    ? readdirSync(join(root, "charts"), { withFileTypes: true })
    : [];
  const theirs = parts.filter((entry) => entry.isDirectory()).flatMap((entry) => readDefinitions(join(root, "charts", entry.name)));
  return [...own.map((path) => readFileSync(path, "utf8")), ...theirs];
}

function filesBelow(dir: string, names = /\.(ya?ml|json)$/): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && names.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Functions of Helm's templates whose result differs from call to call: random values, keys, the time, looked-up hosts. A date without a time is now. */
const fickle =
  /\b(rand\w+|shuffle|uuid\w*|gen[A-Z]\w+|buildCustomCert|encryptAES|bcrypt|htpasswd|getHostByName|now|ago|date\w*|htmlDate\w*|unixEpoch|mustDate\w*|toDate)\b/;

/** True where two renderings of a chart may differ: it, or a value that may be a template itself, names a function whose results do. */
export function mayBeRandom(files: Pick<ChartFiles, "templates" | "valuesText">): boolean {
  return fickle.test(files.templates) || fickle.test(files.valuesText);
}
