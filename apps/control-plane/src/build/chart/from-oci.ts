import { createWriteStream } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { AppError } from "@berth/kit/errors";
import { createRegistryClient, type Manifest, type RegistryClient } from "@berth/oci/client";
import { isRepository, isTag } from "@berth/oci/reference";
import { isVersion } from "@berth/template/functions/semver";
import { parseAddress, registryAddress } from "../download/address.ts";
import { createGuardedFetch } from "../download/guarded-fetch.ts";
import { archiveBytes, type FetchChartInput, type FetchedChart } from "./chart-address.ts";
import { chartMediaTypes } from "./media-types.ts";
import { pickVersion } from "./pick-version.ts";

/** Fetches a chart from an OCI registry, where `helm push` has put it. Anonymous. */
export async function fetchFromOci(input: FetchChartInput): Promise<FetchedChart> {
  const { chart, say, signal } = input;
  const { client, repository, shown } = open(input);
  const wanted = input.version?.trim() ?? "";
  const found = await asBuildError(async () => {
    // An exact version is asked for by its tag: registries list thousands of tags slowly, or not at all.
    const exact = isVersion(wanted) ? await manifestOf(client, repository, wanted, signal) : undefined;
    if (exact) return { version: wanted, manifest: exact };
    say(`Looking up the versions of ${shown}`);
    const tags = await client.listTags({ repository, signal });
    const version = pickVersion({ versions: tags.map((tag) => tag.replaceAll("_", "+")), wanted, what: shown });
    return { version, manifest: await client.getManifest({ repository, reference: version.replaceAll("+", "_"), signal }) };
  }, shown);
  const { version } = found;
  const { manifest } = found.manifest;
  const layer =
    manifest.kind === "image" ? manifest.value.layers.find(({ mediaType }) => mediaType === chartMediaTypes.content) : undefined;
  if (manifest.kind !== "image" || manifest.value.config.mediaType !== chartMediaTypes.config || !layer)
    throw new AppError("unprocessable", `${shown} ${version} is in the registry, but it is no Helm chart`);
  if (layer.size > archiveBytes) throw new AppError("too_large", `${shown} ${version} has more than ${archiveBytes} bytes, the limit`);
  say(`Fetching ${shown} ${version} (${found.manifest.digest})`);
  const path = join(await mkdtemp(join(input.dir, "chart-")), `${chart}.tgz`);
  await asBuildError(async () => {
    const bytes = await client.getBlob({ repository, digest: layer.digest, size: layer.size, signal });
    await pipeline(bytes, createWriteStream(path, { flags: "wx" }), { signal });
  }, shown);
  return { path, version, digest: layer.digest, size: layer.size };
}

function open(input: FetchChartInput): { client: RegistryClient; repository: string; shown: string } {
  const url = URL.parse(input.repoUrl);
  const path = url?.pathname.replace(/^\/+|\/+$/g, "") ?? "";
  const repository = path === "" ? input.chart : `${path}/${input.chart}`;
  if (!url || url.search !== "" || url.hash !== "" || !isRepository(repository))
    throw new AppError(
      "unprocessable",
      `${JSON.stringify(input.repoUrl.slice(0, 200))} is no address of charts in a registry: write oci://host/path`,
    );
  if (url.username !== "" || url.password !== "") parseAddress(`https://${url.username}:x@${url.host}`, "The registry", input.rules);
  const host = url.host === "docker.io" || url.host === "index.docker.io" ? "registry-1.docker.io" : url.host;
  const address = registryAddress(host, "The registry", input.rules);
  return {
    client: createRegistryClient({ url: address.origin, fetch: createGuardedFetch(input.rules) }),
    repository,
    shown: `oci://${url.host}/${repository}`,
  };
}

async function manifestOf(client: RegistryClient, repository: string, version: string, signal: AbortSignal): Promise<Manifest | undefined> {
  const reference = version.replaceAll("+", "_");
  if (!isTag(reference)) return undefined;
  return client.getManifest({ repository, reference, signal }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") return undefined;
    throw error;
  });
}

/** A registry that is not ours and does not answer is a source that is not to be had. */
async function asBuildError<T>(work: () => Promise<T>, shown: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const passing = error.code === "unavailable" || error.code === "rate_limited";
    if (passing) throw new AppError("upstream_failed", error.message, { transient: true });
    if (error.code === "not_found") throw new AppError("unprocessable", `There is no ${shown}, or not for everyone: ${error.message}`);
    if (error.code === "unauthenticated" || error.code === "forbidden")
      throw new AppError("unprocessable", `${shown} is not for everyone to pull, and builds have no credentials for it: ${error.message}`);
    throw error;
  }
}
