import { AppError } from "@berth/kit/errors";
import type { RegistryClient } from "./client.ts";
import { ImageIndex, manifestLimit, type Descriptor } from "./manifest.ts";
import { referrersTag } from "./referrers-tag.ts";
import { readBounded } from "./response.ts";
import type { Transport } from "./transport.ts";

const most = 1000;

/**
 * What refers to a manifest: the answer of the registry's own list, by pages, or of the index under the fallback tag where it has no such list.
 * @throws AppError `upstream_failed` where the list can't be read, `too_large` beyond 1,000
 */
export async function listReferrers(input: {
  transport: Transport;
  client: Pick<RegistryClient, "headManifest" | "getManifest">;
  repository: string;
  digest: string;
  signal?: AbortSignal | undefined;
}): Promise<Descriptor[]> {
  const { transport, repository, digest, signal } = input;
  const found: Descriptor[] = [];
  let next: string | undefined = `/v2/${repository}/referrers/${digest}`;
  while (next !== undefined) {
    const response: Response = await transport.send({
      method: "GET",
      target: next,
      scopes: [`repository:${repository}:pull`],
      what: `list of referrers of ${repository}@${digest}`,
      // Registries older than the question answer it in all these ways.
      accepted: [200, 303, 400, 403, 404, 405, 501],
      signal,
    });
    const index = response.status === 200 ? parse(await readBounded(response, manifestLimit)) : undefined;
    if (!index) {
      if (response.status !== 200) await response.body?.cancel();
      if (found.length === 0) return byTag(input);
      throw new AppError("upstream_failed", `The list of referrers of ${repository}@${digest} breaks off`);
    }
    found.push(...index.manifests);
    if (found.length > most) throw new AppError("too_large", `${repository}@${digest} has more than ${most} referrers`);
    next = index.manifests.length > 0 ? /^\s*<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1] : undefined;
  }
  return found;
}

async function byTag(input: Parameters<typeof listReferrers>[0]): Promise<Descriptor[]> {
  const { client, repository, signal } = input;
  const reference = referrersTag(input.digest);
  if (!(await client.headManifest({ repository, reference, signal }))) return [];
  const { manifest } = await client.getManifest({ repository, reference, signal });
  return manifest.kind === "index" ? manifest.value.manifests.slice(0, most) : [];
}

function parse(body: Buffer): ImageIndex | undefined {
  try {
    return ImageIndex.parse(JSON.parse(body.toString()));
  } catch {
    // A page for people, as some registries answer to what they do not know.
    return undefined;
  }
}
