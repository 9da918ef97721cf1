import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { unpackArchive } from "@berth/oci/unpack";
import { AppError } from "@berth/kit/errors";
import { parse } from "yaml";
import { z } from "zod";
import { pullChart } from "../../artifact/pull-chart.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import type { HelmSpec } from "./helm.ts";

/** A chart on disk, proven to be what was built. */
export type Chart = {
  archive: string;
  name: string;
  version: string;
  appVersion: string;
  /** `Chart.yaml`. */
  metadata: Record<string, unknown>;
  /** It asks what time it is. */
  usesClock: boolean;
};

const metadataSchema = z.looseObject({
  name: z.string().min(1),
  version: z.string().min(1),
  appVersion: z.union([z.string(), z.number()]).nullish(),
});
/** Helm's newer releases have a limit of their own, older ones none. */
const limits = { entries: 20_000, expandedBytes: 512 * 1024 * 1024, archiveBytes: 256 * 1024 * 1024 };
const clock = /\b(now|ago|date|dateInZone|date_in_zone|htmlDate|htmlDateInZone)\b/;

/**
 * Pulls a chart by digest. It is unpacked once, within limits and never outside of its directory, before Helm gets to see it.
 * @throws JobFailure `archive_refused` that names what is wrong, or as pulling does
 */
export async function fetchChart(ctx: JobContext, spec: HelmSpec): Promise<Chart> {
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
    return { archive, name, version, appVersion: String(appVersion ?? ""), metadata, usesClock: await mentionsClock(join(dir, top.name)) };
  } catch (error) {
    if (error instanceof JobFailure || ctx.signal.aborted) throw error;
    if (error instanceof AppError) throw new JobFailure("archive_refused", error.message);
    throw new JobFailure("archive_refused", `The artifact ${spec.artifact.digest} is no Helm chart: its Chart.yaml can't be read`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function mentionsClock(dir: string): Promise<boolean> {
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.(ya?ml|tpl|txt|tgz)$/.test(entry.name)) continue;
    // A part that is packed itself: who knows.
    if (entry.name.endsWith(".tgz") || clock.test(await readFile(join(entry.parentPath, entry.name), "utf8"))) return true;
  }
  return false;
}
