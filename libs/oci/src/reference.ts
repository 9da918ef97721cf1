import { AppError } from "@berth/kit/errors";

/** Where an artifact or image lies: `registry/repository:tag@digest`. Without a registry the caller decides which one is meant. */
export type Reference = { registry?: string; repository: string; tag?: string; digest?: string };

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const registryPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const repositoryLimit = 255;
const registryLimit = 260;
const referenceLimit = 1024;

/** True for a repository name as the distribution spec allows it, at most 255 characters. */
export function isRepository(text: string): boolean {
  // The length goes first: the pattern is linear only on short text.
  return text.length <= repositoryLimit && repositoryPattern.test(text);
}

/** True for a tag: at most 128 characters of `A-Za-z0-9._-`, not starting with `.` or `-`. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** True for `sha256:<64 hex digits>`, the only algorithm that Berth reads and writes. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/**
 * Parses `registry/repository:tag@digest`; all parts but the repository may be missing.
 * The first component is a registry when it has a `.`, a `:` or brackets, or is `localhost`.
 * @throws AppError `bad_request` that says which part is wrong
 */
export function parseReference(text: string): Reference {
  if (text.length > referenceLimit) refuse("length", text);
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  if (digest !== undefined && !isDigest(digest)) refuse("digest", digest);

  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const hasRegistry = first === "localhost" || /[.:[]/.test(first);
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  if (hasRegistry && (first.length > registryLimit || !registryPattern.test(first))) refuse("registry", first);

  const colon = rest.indexOf(":");
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  if (!isRepository(repository)) refuse("repository", repository);
  if (tag !== undefined && !isTag(tag)) refuse("tag", tag);
  return {
    ...(hasRegistry && { registry: first }),
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** The text of a reference; {@link parseReference} gives back the same parts. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry ? `${registry}/` : ""}${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}

function refuse(part: string, value: string): never {
  throw new AppError("bad_request", `${JSON.stringify(value.slice(0, 200))} is not a valid ${part} in an OCI reference`, { part });
}
