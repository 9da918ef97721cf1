import { AppError } from "@berth/kit/errors";
import type { RegistryClient } from "@berth/oci/client";
import { isTag } from "@berth/oci/reference";
import { coerce, compare, maxSatisfying, valid, validRange } from "semver";

/** What an image is taken at: the tag that was chosen and the digest that it stood for. */
export type ResolvedImage = { tag?: string; digest: string };

type Input = {
  client: RegistryClient;
  repository: string;
  /** For sentences: `docker.io/library/nginx`. */
  shown: string;
  tag?: string | undefined;
  digest?: string | undefined;
  updatePolicy?: string | undefined;
  signal: AbortSignal;
};

/**
 * The digest of an image: of a tag, or of the highest tag that satisfies a semver range. Tags that are no versions are ignored.
 * @throws AppError `unprocessable` that names what there is
 */
export async function resolveImage(input: Input): Promise<ResolvedImage> {
  const { client, repository, shown, signal } = input;
  if (input.updatePolicy !== undefined) return digestOfTag(input, pickTag(await tagsOf(input), input.updatePolicy, shown));
  if (input.digest !== undefined && input.tag === undefined) {
    if (await client.headManifest({ repository, reference: input.digest, signal })) return { digest: input.digest };
    throw new AppError("unprocessable", `There is no ${shown}@${input.digest}`);
  }
  return digestOfTag(input, input.tag ?? "latest");
}

/** The highest version among tags that is in a range. @throws AppError `unprocessable` */
export function pickTag(tags: readonly string[], policy: string, shown: string): string {
  // Some write the parts of a range with commas.
  const range = policy.replaceAll(",", " ");
  if (validRange(range) === null) throw new AppError("unprocessable", `update_policy "${policy}" is not a range of versions`);
  // Registries take no plus sign; it is written as an underscore.
  const versions = new Map<string, string>();
  for (const tag of tags) {
    const version = valid(tag.replaceAll("_", "+"));
    if (version !== null && !versions.has(version)) versions.set(version, tag);
  }
  const best = maxSatisfying([...versions.keys()], range);
  const tag = best === null ? undefined : versions.get(best);
  if (tag !== undefined) return tag;
  throw new AppError("unprocessable", `No tag of ${shown} satisfies update_policy "${policy}". ${describeTags(tags)}`);
}

async function digestOfTag(input: Input, tag: string): Promise<ResolvedImage> {
  const { client, repository, shown, signal } = input;
  if (!isTag(tag)) throw new AppError("unprocessable", `${JSON.stringify(tag.slice(0, 200))} is not a tag`);
  const found = await client.headManifest({ repository, reference: tag, signal }).catch((error: unknown) => {
    throw explained(error, shown);
  });
  if (found) return { tag, digest: found.digest };
  const known = await client.listTags({ repository, signal }).catch(() => undefined);
  throw new AppError("unprocessable", `There is no ${shown}:${tag}. ${known ? describeTags(known) : "Nor is there a list of its tags"}`);
}

async function tagsOf({ client, repository, shown, signal }: Input): Promise<string[]> {
  return client.listTags({ repository, signal }).catch((error: unknown) => {
    throw explained(error, shown);
  });
}

/** What an error at somebody else's registry means for a build: one that refuses is a matter of the config, one that is away may come back. */
export function explained(error: unknown, shown: string): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message } = error;
  if (code === "not_found") return new AppError("unprocessable", `There is no image ${shown}, or it is not for everyone: ${message}`);
  if (code === "unauthenticated" || code === "forbidden")
    return new AppError("unprocessable", `${shown} can't be pulled with the credentials that there are: ${message}`);
  if (code === "unavailable" || code === "rate_limited") return new AppError("upstream_failed", message, { transient: true });
  return error;
}

const shownTags = 10;

function describeTags(tags: readonly string[]): string {
  if (tags.length === 0) return "It has no tags";
  const loose = (tag: string): string => valid(tag) ?? coerce(tag)?.version ?? "0.0.0";
  const newest = tags.toSorted((a, b) => compare(loose(b), loose(a))).slice(0, shownTags);
  return `Of its ${tags.length} tags the highest are ${newest.join(", ")}`;
}
