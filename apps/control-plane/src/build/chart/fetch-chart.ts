import { AppError } from "@berth/kit/errors";
import type { FetchChartInput, FetchedChart } from "./chart-address.ts";
import { fetchFromHelmRepository } from "./from-helm-repository.ts";
import { fetchFromOci } from "./from-oci.ts";

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
