import type { Readable } from "node:stream";
import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import { z } from "zod";
import type { AuthSource } from "./authorize.ts";
import { createBlobReader, type BlobReader } from "./blob-reader.ts";
import { downloadBlob, mismatch, readBlob } from "./download.ts";
import { listReferrers } from "./list-referrers.ts";
import { manifestLimit, parseManifest, type AnyManifest, type Descriptor } from "./manifest.ts";
import { manifestMediaTypes } from "./media-types.ts";
import { isDigest, isRepository, isTag } from "./reference.ts";
import { readBounded } from "./response.ts";
import { createTransport } from "./transport.ts";
import { uploadBlob, type BlobSource } from "./upload.ts";

export type { AuthSource, RegistryAuth } from "./authorize.ts";
export type { BlobSource } from "./upload.ts";

/** What a registry says of a manifest without sending it. */
export type ManifestHead = { digest: string; size: number; mediaType: string };

/** A manifest: its exact bytes, their verified digest, and what they say. */
export type Manifest = ManifestHead & { bytes: Buffer; manifest: AnyManifest };

type At = { repository: string; signal?: AbortSignal | undefined };

/**
 * A client of one registry that speaks the OCI distribution spec. Every digest is checked; every method throws AppErrors:
 * `not_found`, `unauthenticated`, `forbidden`, `digest_mismatch`, `too_large`, `rate_limited`, `unavailable` (network, 5xx, after retries), `upstream_failed`.
 */
export type RegistryClient = {
  /** Origin of the registry's address, e.g. `https://registry.example.org`. */
  url: string;
  /** Undefined where there is no such manifest. `reference` is a tag or a digest. */
  headManifest(input: At & { reference: string }): Promise<ManifestHead | undefined>;
  getManifest(input: At & { reference: string }): Promise<Manifest>;
  /** Stores the exact bytes under a tag or digest. Blobs first: registries refuse manifests that point to nothing. */
  putManifest(input: At & { reference: string; bytes: Uint8Array; mediaType: string }): Promise<Stored>;
  /** By digest with all its tags; by tag only that tag, which not every registry allows. */
  deleteManifest(input: At & ({ digest: string } | { tag: string })): Promise<void>;
  /** Manifests that name this one as their subject; at registries without that question, those that its fallback tag lists. At most 1,000. */
  listReferrers(input: At & { digest: string }): Promise<Descriptor[]>;
  /** The bytes as they are verified; see `downloadBlob`. */
  getBlob(input: At & { digest: string; size?: number }): Promise<Readable>;
  /** The same bytes in pieces, from any place, verified as a whole; what `putBlob` copies from without keeping more than a piece of it. */
  blobReader(input: At & { digest: string; size: number }): BlobReader;
  hasBlob(input: At & { digest: string }): Promise<boolean>;
  /** Uploads unless it is there already. A file, bytes or a reader are sent again after failures, a stream is not. */
  putBlob(input: At & { digest: string; size: number; source: BlobSource }): Promise<{ sent: boolean }>;
  /** Takes a blob over from another repository of the same registry without sending it. False where the registry does not do so. */
  mountBlob(input: At & { from: string; digest: string }): Promise<boolean>;
  /** All tags, at most 10,000, in the registry's order. */
  listTags(input: At): Promise<string[]>;
};

/** How a registry took a manifest. `subject` where it lists the manifest among the referrers of that digest by itself. */
export type Stored = { digest: string; subject?: string };

const TagList = z.object({ tags: z.array(z.string().max(128)).nullable() });
const tagPageLimit = 4 * 1024 * 1024;
const tagLimit = 10_000;

/**
 * @param input.url e.g. `https://registry.example.org`
 * @param input.fetch in place of the global one, for proxies and own certificate authorities
 * @param input.chunkBytes size of upload chunks; default 32 MiB
 */
export function createRegistryClient(input: {
  url: string;
  auth?: AuthSource | undefined;
  fetch?: typeof fetch | undefined;
  chunkBytes?: number;
}): RegistryClient {
  const transport = createTransport(input);
  const chunkBytes = input.chunkBytes ?? 32 * 1024 * 1024;
  const pull = (repository: string): string[] => [`repository:${repository}:pull`];
  const push = (repository: string): string[] => [`repository:${repository}:pull,push`];
  const accept = { accept: manifestMediaTypes.join(", ") };

  const client: RegistryClient = {
    url: transport.url.origin,

    async headManifest({ repository, reference, signal }) {
      const response = await transport.send({
        method: "HEAD",
        target: manifestPath(repository, reference),
        scopes: pull(repository),
        what: `look-up of ${repository}:${reference}`,
        accepted: [200, 404],
        headers: accept,
        signal,
      });
      if (response.status === 404) return undefined;
      const digest = response.headers.get("docker-content-digest") ?? (isDigest(reference) ? reference : "");
      if (!isDigest(digest)) throw new AppError("upstream_failed", `The registry does not say the digest of ${repository}:${reference}`);
      if (isDigest(reference) && digest !== reference) throw mismatch(reference, `the registry calls it ${digest}`);
      return { digest, size: Number(response.headers.get("content-length") ?? 0), mediaType: mediaTypeOf(response) };
    },

    async getManifest({ repository, reference, signal }) {
      const response = await transport.send({
        method: "GET",
        target: manifestPath(repository, reference),
        scopes: pull(repository),
        what: `pull of ${repository}:${reference}`,
        accepted: [200],
        headers: accept,
        signal,
      });
      const bytes = await readBounded(response, manifestLimit);
      const digest = sha256(bytes);
      const claimed = isDigest(reference) ? reference : response.headers.get("docker-content-digest");
      if (claimed && claimed !== digest) throw mismatch(claimed, `it is ${digest}`);
      const mediaType = mediaTypeOf(response);
      return { digest, size: bytes.length, mediaType, bytes, manifest: parseManifest(bytes, mediaType) };
    },

    async putManifest({ repository, reference, bytes, mediaType, signal }) {
      const digest = sha256(bytes);
      if (isDigest(reference) && reference !== digest) throw mismatch(reference, `the manifest to push is ${digest}`);
      const response = await transport.send({
        method: "PUT",
        target: manifestPath(repository, reference),
        scopes: push(repository),
        what: `push of ${repository}:${reference}`,
        accepted: [201],
        headers: { "content-type": mediaType },
        body: () => Buffer.from(bytes),
        signal,
      });
      await response.body?.cancel();
      const stored = response.headers.get("docker-content-digest");
      if (stored && stored !== digest) throw mismatch(digest, `the registry stored it as ${stored}`);
      const subject = response.headers.get("oci-subject");
      return { digest, ...(subject !== null && isDigest(subject) && { subject }) };
    },

    async deleteManifest({ repository, signal, ...what }) {
      const reference = "digest" in what ? checkDigest(what.digest) : what.tag;
      const response = await transport.send({
        method: "DELETE",
        target: manifestPath(repository, reference),
        scopes: [`repository:${repository}:pull,push,delete`],
        what: `deletion of ${repository}:${reference}`,
        accepted: [200, 202, 204],
        signal,
      });
      await response.body?.cancel();
    },

    getBlob: ({ repository, digest, size, signal }) =>
      downloadBlob({ transport, repository: checkRepository(repository), digest: checkDigest(digest), size, signal }),

    blobReader({ repository, digest, size, signal }) {
      const address = { transport, repository: checkRepository(repository), digest: checkDigest(digest), size, signal };
      return createBlobReader({ digest, size, read: (from) => readBlob({ ...address, from }) });
    },

    listReferrers: ({ repository, digest, signal }) =>
      listReferrers({ transport, client, repository: checkRepository(repository), digest: checkDigest(digest), signal }),

    async hasBlob({ repository, digest, signal }) {
      const response = await transport.send({
        method: "HEAD",
        target: `/v2/${checkRepository(repository)}/blobs/${checkDigest(digest)}`,
        scopes: pull(repository),
        what: `look-up of blob ${digest} of ${repository}`,
        accepted: [200, 404],
        signal,
      });
      return response.status === 200;
    },

    async putBlob({ repository, digest, size, source, signal }) {
      if (await client.hasBlob({ repository, digest, signal })) return { sent: false };
      await uploadBlob({ transport, repository, digest, size, source, chunkBytes, signal });
      return { sent: true };
    },

    async mountBlob({ repository, from, digest, signal }) {
      const query = new URLSearchParams({ mount: checkDigest(digest), from: checkRepository(from) });
      const scopes = [...push(repository), ...pull(from)];
      const response = await transport.send({
        method: "POST",
        target: `/v2/${checkRepository(repository)}/blobs/uploads/?${query.toString()}`,
        scopes,
        what: `mount of blob ${digest} from ${from} in ${repository}`,
        accepted: [201, 202],
        headers: { "content-length": "0" },
        signal,
      });
      await response.body?.cancel();
      const location = response.headers.get("location");
      if (response.status === 202 && location) {
        // The registry opened an upload instead; giving it up is a courtesy.
        await transport
          .send({ method: "DELETE", target: location, scopes, what: "end of an upload", accepted: [204], tries: 1, signal })
          .catch(() => undefined);
      }
      return response.status === 201;
    },

    async listTags({ repository, signal }) {
      const tags: string[] = [];
      let next: string | undefined = `/v2/${checkRepository(repository)}/tags/list?n=1000`;
      while (next !== undefined && tags.length < tagLimit) {
        const response: Response = await transport.send({
          method: "GET",
          target: next,
          scopes: pull(repository),
          what: `list of tags of ${repository}`,
          accepted: [200],
          signal,
        });
        const page = TagList.safeParse(JSON.parse((await readBounded(response, tagPageLimit)).toString()));
        if (!page.success) throw new AppError("upstream_failed", `The registry sent no list of tags for ${repository}`);
        tags.push(...(page.data.tags ?? []));
        const link = /^\s*<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("link") ?? "");
        next = page.data.tags?.length ? link?.[1] : undefined;
      }
      return tags.slice(0, tagLimit);
    },
  };
  return client;
}

function checkRepository(repository: string): string {
  if (!isRepository(repository)) throw new AppError("bad_request", `${JSON.stringify(repository.slice(0, 200))} is not a repository name`);
  return repository;
}

function checkDigest(digest: string): string {
  if (!isDigest(digest)) throw new AppError("bad_request", `${JSON.stringify(digest.slice(0, 200))} is not a sha256 digest`);
  return digest;
}

function manifestPath(repository: string, reference: string): string {
  if (!isTag(reference)) checkDigest(reference);
  return `/v2/${checkRepository(repository)}/manifests/${reference}`;
}

function mediaTypeOf(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
}
