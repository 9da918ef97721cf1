import type { AddressRules } from "../download/address.ts";

/** A chart in a repository: `https://…` of a Helm repository, or `oci://host/path` below which the chart lies. `version` may be a constraint. */
export type ChartAddress = { repoUrl: string; chart: string; version?: string | undefined };

/** A chart's archive as its repository has it. */
export type FetchedChart = { path: string; version: string; digest: string; size: number };

/** What a look-up is given besides the address. `dir` is for its files. */
export type FetchChartInput = ChartAddress & { dir: string; rules: AddressRules; say: (line: string) => void; signal: AbortSignal };

/** The largest archive of a chart, in bytes. */
export const archiveBytes = 64 * 1024 * 1024;
