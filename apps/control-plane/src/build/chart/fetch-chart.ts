import { AppError } from "@berth/kit/errors";
import type { AddressRules } from "../download/address.ts";
import { fetchFromHelmRepository } from "./from-helm-repository.ts";
import { fetchFromOci } from "./from-oci.ts";

/** A chart in a repository: `https://…` of a Helm repository, or `oci://host/path` below which the chart lies. `version` may be a constraint. */
export type ChartAddress = { repoUrl: string; chart: string; version?: string | undefined };

/** A chart's archive as its repository has it. */
export type FetchedChart = { path: string; version: string; digest: string; size: number };

/** What a look-up is given besides the address. `dir` is for its files. */
export type FetchChartInput = ChartAddress & { dir: string; rules: AddressRules; say: (line: string) => void; signal: AbortSignal };

/** The largest archive of a chart, in bytes. */
export const archiveBytes = 64 * 1024 * 1024;

/**
 * Fetches a chart's archive, checked against the digest that its repository tells.
 * @throws AppError `unprocessable` for an address that is not allowed or a version that is not there, `digest_mismatch`, `too_large`,
 *   `upstream_failed` with `meta.transient`
 */
export async function fetchChart(input: FetchChartInput): Promise<FetchedChart> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/.test(input.chart))
    throw new AppError("unprocessable", `${JSON.stringify(input.chart.slice(0, 100))} is not the name of a chart`);
  return /^oci:/i.test(input.repoUrl) ? fetchFromOci(input) : fetchFromHelmRepository(input);
}
