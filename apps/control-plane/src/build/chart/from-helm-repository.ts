import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { parseAddress } from "../download/address.ts";
import { downloadText, downloadTo } from "../download/download.ts";
import { createGuardedFetch } from "../download/guarded-fetch.ts";
import { archiveBytes, type FetchChartInput, type FetchedChart } from "./chart-address.ts";
import { pickVersion } from "./pick-version.ts";
import { readIndex } from "./repository-index.ts";

/** The largest index that is read, in bytes. */
export const indexBytes = 64 * 1024 * 1024;

/** Fetches a chart from a Helm repository: looks it up in `index.yaml`, takes its first address, checks the digest that the index tells. */
export async function fetchFromHelmRepository(input: FetchChartInput): Promise<FetchedChart> {
  const { chart, rules, say, signal } = input;
  const base = parseAddress(input.repoUrl.endsWith("/") ? input.repoUrl : `${input.repoUrl}/`, "The Helm repository", rules);
  const call = createGuardedFetch(rules);
  const shown = base.href.replace(/\/$/, "");
  say(`Looking up chart ${chart} in ${shown}`);
  const index = await downloadText({
    url: new URL("index.yaml", base),
    what: "The index.yaml",
    mostBytes: indexBytes,
    fetch: call,
    signal,
  }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found")
      throw new AppError("unprocessable", `${shown} is not a Helm repository: it has no index.yaml`);
    throw error;
  });
  const entries = readIndex(index, chart, `The index of ${shown}`);
  const version = pickVersion({
    versions: entries.map((entry) => entry.version),
    wanted: input.version,
    what: `chart "${chart}" in ${shown}`,
  });
  const entry = entries.find((one) => one.version === version)!;
  const address = URL.parse(entry.urls[0]!, base.href);
  if (!address) throw new AppError("unprocessable", `The index of ${shown} has no usable address for ${chart} ${version}`);
  const url = parseAddress(address.href, `${shown} keeps ${chart} ${version} elsewhere; the address`, rules);
  say(`Fetching ${chart} ${version} from ${url.origin}${url.pathname}`);
  const path = join(await mkdtemp(join(input.dir, "chart-")), "chart.tgz");
  const { size, digest } = await downloadTo(path, { url, what: `Chart ${chart} ${version}`, mostBytes: archiveBytes, fetch: call, signal });
  if (entry.digest === undefined)
    say(`Warning: the index of ${shown} tells no digest of ${chart} ${version}: nothing shows that the archive is whole`);
  else if (digest !== `sha256:${entry.digest}`)
    throw new AppError(
      "digest_mismatch",
      `Chart ${chart} ${version} from ${url.host} is ${digest}, but the index of ${shown} says sha256:${entry.digest}`,
    );
  return { path, version, digest, size };
}
