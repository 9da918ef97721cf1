import { AppError } from "@berth/kit/errors";
import { parseRepo } from "../repo-url.ts";

/** How a URL or prefix is compared: without user name, `.git` and closing slashes. */
function comparable(url: string): string {
  return url
    .replace(/^(ssh:\/\/)[^/@]*@/, "$1")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

/**
 * The stored form of a prefix: `https://host`, `https://host/group`, `ssh://host/group/repo`.
 * @throws AppError `bad_request`
 */
export function normalisePrefix(prefix: string, options: { allowLocal: boolean }): { prefix: string; scheme: "https" | "http" | "ssh" } {
  const bare = prefix.trim().replace(/\/+$/, "");
  const url = /^[a-z]+:\/\/[^/]+$/i.test(bare) ? `${bare}/any` : bare;
  const parsed = parseRepo(url, options);
  if (parsed.scheme === "file" || !bare.includes("://"))
    throw new AppError("bad_request", "A git credential is for an https or ssh URL, e.g. https://github.com/acme");
  return { prefix: comparable(url === bare ? parsed.url : parsed.url.slice(0, -"/any".length)), scheme: parsed.scheme };
}

/** Whether a repository URL lies under a stored prefix: the same, or below it at a `/`. `https://h/acme` is not for `https://h/acme-evil`. */
export function isUnder(url: string, prefix: string): boolean {
  const at = comparable(url);
  return at === prefix || at.startsWith(`${prefix}/`);
}
