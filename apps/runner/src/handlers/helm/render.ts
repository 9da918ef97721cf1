import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../durable.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import type { Chart } from "./chart.ts";
import { helmFailed, type Helm, type HelmSpec } from "./helm.ts";
import { recordSchema, type HelmRecord } from "./record.ts";
import type { Release } from "./release.ts";
import { documentsOf, type RenderedDocument } from "./rendering.ts";
import { mergeValues, type Values } from "./values.ts";

/** Writes the values for Helm. */
export type ValuesFile = Values & { path: string };

/** Merges the values and writes them to a private file. */
export function writeValues(ctx: JobContext, spec: HelmSpec): ValuesFile {
  const values = mergeValues(spec);
  const path = join(ctx.journal.work, "values.json");
  writeFileSync(path, values.text, { mode: 0o600 });
  return { ...values, path };
}

/**
 * The documents that the chart becomes for the next revision, rendered against the cluster: look-ups see what is there, `.Release` is what it will be, and what
 * the chart itself brings to the cluster need not be there yet. Helm is shown the release in a store of its own, so nothing is kept, and one that an attempt of
 * ours has left pending is no obstacle.
 * @param input.replay for the revision that stands instead of the one after it
 * @param input.elsewhen in a time zone where days and hours come out different
 * @throws JobFailure `helm_failed` with the template and line that helm names
 */
export async function renderChart(
  ctx: JobContext,
  helm: Helm,
  input: { spec: HelmSpec; chart: Chart; values: ValuesFile; release: Release | undefined; replay?: boolean; elsewhen?: boolean },
): Promise<RenderedDocument[]> {
  const { spec, chart, values, release } = input;
  const store = join(ctx.journal.work, `store${input.replay ? "-before" : ""}.json`);
  // Whole at once: another rendering may be reading it.
  writeWhole(store, JSON.stringify(storeOf(spec, release, input.replay ? 1 : 0)));
  const env: Record<string, string> = { HELM_DRIVER: "memory", HELM_MEMORY_DRIVER_DATA: store };
  if (input.elsewhen) env["TZ"] = writeZone(ctx);
  // A command line can be read by everybody on the machine: what is secret stays in the file.
  const open = values.wholes.filter(({ value }) => !ctx.assign.redact.includes(value));
  const run = await helm.run(
    [
      "upgrade",
      spec.releaseName,
      chart.archive,
      "--install",
      "--dry-run=server",
      "--output=json",
      "--reset-values",
      "--namespace",
      spec.namespace,
      "--values",
      values.path,
      ...open.flatMap(({ key, value }) => ["--set", `${key}=${value}`]),
    ],
    { env },
  );
  if (!run.ok) throw helmFailed(run.stopped ? "rendering was stopped" : "could not render the chart", run);
  let record: HelmRecord;
  try {
    record = recordSchema.parse(JSON.parse(run.stdout));
  } catch {
    throw new JobFailure("helm_failed", "helm upgrade --dry-run printed something that is no release.");
  }
  return documentsOf(record, "the rendered chart");
}

/**
 * What Helm is to know of the release: its newest revision, in a state from which it can go on, and the deployed one.
 * @param back so many revisions earlier
 */
function storeOf(spec: HelmSpec, release: Release | undefined, back: number): unknown[] {
  if (!release || release.newest.revision <= back) return [];
  const { newest, standing } = release;
  const entry = (version: number, status: string): unknown => ({
    name: spec.releaseName,
    namespace: spec.namespace,
    version,
    info: { status, first_deployed: "2026-01-01T00:00:00Z", last_deployed: "2026-01-01T00:00:00Z" },
    chart: { metadata: { apiVersion: "v2", name: newest.chart || "chart", version: newest.version || "0.0.0" } },
    manifest: "",
    config: {},
  });
  const settled = newest.status === "deployed" || newest.status === "uninstalled" ? newest.status : "failed";
  return [
    ...(standing && standing.revision !== newest.revision ? [entry(standing.revision, "deployed")] : []),
    entry(newest.revision - back, settled),
  ];
}

/** A time zone of our own, some thirteen hours away: no second, minute, hour or day is the same there. */
function writeZone(ctx: JobContext): string {
  const path = join(ctx.journal.work, "zone");
  const away = 13 * 3600 + 7 * 60 + 11;
  const bytes = Buffer.alloc(54);
  bytes.write("TZif", 0);
  bytes.writeInt32BE(1, 36);
  bytes.writeInt32BE(4, 40);
  bytes.writeInt32BE(new Date().getUTCHours() < 12 ? -away : away, 44);
  bytes.write("XXX\0", 50);
  writeFileSync(path, bytes, { mode: 0o600 });
  return path;
}
