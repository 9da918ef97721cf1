import type { Place } from "./copy-blobs.ts";
import { inParallel } from "./in-parallel.ts";
import type { Descriptor } from "./manifest.ts";
import { manifestMediaTypes, mediaTypes } from "./media-types.ts";
import { cosignTags, referrersIndex, referrersTag } from "./referrers-tag.ts";

const deepest = 3;
const atOnce = 4;

type Input = {
  source: Place;
  target: Place;
  /** Digests of the image and of those in it. */
  subjects: readonly string[];
  /** Copies one manifest with what it needs, under its digest or a tag; says whether the target lists it as a referrer by itself. */
  copyOne: (reference: string, tag?: string) => Promise<{ digest: string; listed: boolean }>;
  signal?: AbortSignal | undefined;
};

/**
 * Copies what refers to an image: signatures, SBOMs and attestations, by the registries' list of referrers or its fallback tag, and under cosign's tags; also
 * what refers to those. Manifests of unknown types are left out.
 * @returns how many were copied
 */
export async function copyReferrers(input: Input): Promise<number> {
  let copied = 0;
  let subjects: readonly string[] = input.subjects;
  for (let depth = 0; depth < deepest && subjects.length > 0; depth++) {
    const next: string[] = [];
    const first = depth === 0;
    await inParallel(subjects, { atOnce, signal: input.signal }, async (subject, signal) => {
      next.push(...(await copyListed(input, subject, signal)));
      if (first) next.push(...(await copyTagged(input, subject, signal)));
    });
    copied += next.length;
    subjects = [...new Set(next)];
  }
  return copied;
}

async function copyListed({ source, target, copyOne }: Input, subject: string, signal: AbortSignal): Promise<string[]> {
  const listed = await source.client.listReferrers({ repository: source.repository, digest: subject, signal });
  const known = listed.filter(({ mediaType }) => manifestMediaTypes.includes(mediaType));
  const unlisted: Descriptor[] = [];
  for (const one of known) if (!(await copyOne(one.digest)).listed) unlisted.push(one);
  if (unlisted.length > 0) {
    // A registry that keeps no list of its own: the index under the fallback tag is the list.
    const there = await target.client.listReferrers({ repository: target.repository, digest: subject, signal });
    const bytes = referrersIndex([...there, ...unlisted]);
    const missing = unlisted.some(({ digest }) => !there.some((one) => one.digest === digest));
    const reference = referrersTag(subject);
    if (missing) await target.client.putManifest({ repository: target.repository, reference, bytes, mediaType: mediaTypes.index, signal });
  }
  return known.map(({ digest }) => digest);
}

async function copyTagged({ source, copyOne }: Input, subject: string, signal: AbortSignal): Promise<string[]> {
  const copied: string[] = [];
  for (const tag of cosignTags(subject)) {
    if (!(await source.client.headManifest({ repository: source.repository, reference: tag, signal }))) continue;
    copied.push((await copyOne(tag, tag)).digest);
  }
  return copied;
}
