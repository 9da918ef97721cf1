import { AppError } from "@berth/kit/errors";
import { withoutUserInfo } from "../../git/repo-url.ts";

/** What a builder may fetch from. The same as for git: https, and http on the loopback where local repositories are allowed. */
export type AddressRules = { allowLocal: boolean };

const longest = 2000;

/**
 * Reads an address that a config, an index or a redirect names.
 * @param what for the message: `The Helm repository`
 * @throws AppError `unprocessable` that says what is wrong with it
 */
export function parseAddress(text: string, what: string, { allowLocal }: AddressRules): URL {
  const refuse = (why: string): AppError =>
    new AppError("unprocessable", `${what} ${JSON.stringify(withoutUserInfo(text).slice(0, 200))} ${why}`);
  const url = text.length > longest ? null : URL.parse(text);
  if (!url) throw refuse("is not a URL");
  if (url.username !== "" || url.password !== "") throw refuse("has credentials in it; they would be kept in the config for all to read");
  if (url.protocol === "https:") return url;
  if (url.protocol !== "http:") throw refuse(`uses ${url.protocol}, but only https is allowed`);
  if (allowLocal && isLoopback(url.hostname)) return url;
  throw refuse("uses http, where everybody on the way can read and change it; write https");
}

/** The base address of an OCI registry by its host: https, or http for one on the loopback where that is allowed. */
export function registryAddress(host: string, what: string, rules: AddressRules): URL {
  const local = URL.parse(`http://${host}`);
  const scheme = rules.allowLocal && local && isLoopback(local.hostname) ? "http" : "https";
  return parseAddress(`${scheme}://${host}`, what, rules);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
