import { createHash } from "node:crypto";

const segment = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const longest = 64;

/**
 * The registry repository of a target: `<org id>/<app id>/component/web`. Names that registries do not take are spelled out in lower case
 * with a piece of their hash, so different targets never share one.
 */
export function repositoryName(input: { orgId: string; appId: string; target: string }): string {
  const [kind = "", rest] = split(input.target, ":");
  const parts = kind === "action" && rest !== undefined ? ["action", ...split(rest, "/")] : [kind, rest];
  return [input.orgId, input.appId, ...parts.filter((part) => part !== undefined).map(repositorySegment)].join("/");
}

/** A name as one part of a repository's: itself where registries take it. */
export function repositorySegment(name: string): string {
  if (segment.test(name) && name.length <= longest) return name;
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, longest)
    .replace(/-+$/, "");
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return plain === "" ? hash : `${plain}-${hash}`;
}

function split(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
