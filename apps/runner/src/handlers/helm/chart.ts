import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { unpackArchive } from "@berth/oci/unpack";
import { AppError } from "@berth/kit/errors";
import { parse } from "yaml";
import { z } from "zod";
import { pullChart } from "../../artifact/pull-chart.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import type { HelmSpec } from "./helm.ts";
import type { Values } from "./values.ts";

/** A chart on disk, proven to be what was built. */
export type Chart = {
  archive: string;
  name: string;
  version: string;
  appVersion: string;
  /** `Chart.yaml`. */
  metadata: Record<string, unknown>;
  /** Two renderings of it may differ: it names a function whose result does, or has parts whose templates can't be seen. */
  mayVary: boolean;
  /** It asks what time it is. */
  usesClock: boolean;
  /** It renders to something else from revision to revision: it asks which one it is. */
  usesRevision: boolean;
  /** It may bring definitions in `crds/`. */
  mayDefine: boolean;
};

const metadataSchema = z.looseObject({
  name: z.string().min(1),
  version: z.string().min(1),
  appVersion: z.union([z.string(), z.number()]).nullish(),
});
/** Helm's newer releases have a limit of their own, older ones none. */
const limits = { entries: 20_000, expandedBytes: 512 * 1024 * 1024, archiveBytes: 256 * 1024 * 1024 };
const clock = /\b(now|ago|date\w*|htmlDate\w*|unixEpoch|mustDate\w*|toDate)\b/;
/** Functions whose result differs from call to call: random values, keys, looked-up hosts. */
const fickle = /\b(rand\w+|shuffle|uuid\w*|gen[A-Z]\w+|buildCustomCert|encryptAES|bcrypt|htpasswd|getHostByName)\b/;
const revision = /\bRelease\.(Revision|IsInstall|IsUpgrade)\b/;

/**
 * Pulls a chart by digest. It is unpacked once, within limits and never outside of its directory, before Helm gets to see it.
 * @param values they may be templates themselves
 * @throws JobFailure `archive_refused` that names what is wrong, or as pulling does
 */
export async function fetchChart(ctx: JobContext, spec: HelmSpec, values: Pick<Values, "text">): Promise<Chart> {
  const archive = join(ctx.journal.work, "chart.tgz");
  await pullChart(ctx, spec.artifact, archive);
  const dir = join(ctx.journal.work, "chart");
  try {
    await unpackArchive({ source: archive, dir, limits, signal: ctx.signal });
    const [top, ...others] = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    if (!top || others.length > 0)
      throw new JobFailure("archive_refused", "The chart's archive has more or less than one directory at its top");
    const metadata = parse(await readFile(join(dir, top.name, "Chart.yaml"), "utf8")) as Record<string, unknown>;
    const { name, version, appVersion } = metadataSchema.parse(metadata);
    return { archive, name, version, appVersion: String(appVersion ?? ""), metadata, ...(await lookInto(join(dir, top.name), values)) };
  } catch (error) {
    if (error instanceof JobFailure || ctx.signal.aborted) throw error;
    if (error instanceof AppError) throw new JobFailure("archive_refused", error.message);
    throw new JobFailure("archive_refused", `The artifact ${spec.artifact.digest} is no Helm chart: its Chart.yaml can't be read`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What its templates can do, judged by the functions they name. To say yes too often costs time, nothing else. */
async function lookInto(
  dir: string,
  values: Pick<Values, "text">,
): Promise<Pick<Chart, "mayVary" | "usesClock" | "usesRevision" | "mayDefine">> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const packed = files.some(({ name }) => name.endsWith(".tgz"));
  const texts = await Promise.all(
    files.filter(({ name }) => /\.(ya?ml|tpl|txt|json)$/.test(name)).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
  );
  const says = (sign: RegExp): boolean => packed || [...texts, values.text].some((text) => sign.test(text));
  const usesClock = says(clock);
  return {
    mayVary: usesClock || says(fickle),
    usesClock,
    usesRevision: says(revision),
    mayDefine: packed || entries.some((entry) => entry.isDirectory() && entry.name === "crds"),
  };
}
