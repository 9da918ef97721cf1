import { isIP } from "node:net";
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { AppError } from "@berth/kit/errors";

/** A repository as git is told to reach it. `url` never holds a password. */
export type RepoUrl = { url: string; scheme: "https" | "http" | "ssh" | "file"; host: string };

const longest = 1000;
const gitHubName = /^([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))\/([A-Za-z0-9._-]{1,100})$/;
const scpForm = /^([A-Za-z0-9._][A-Za-z0-9._-]*)@([A-Za-z0-9][A-Za-z0-9.-]*):([^:].*)$/;
const hostForm = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/**
 * Reads a `repo` of the config: `owner/name` (on GitHub), an https or ssh URL, or `user@host:path`.
 * Paths and `file://` URLs, and http on the loopback, only with `allowLocal`.
 * @throws AppError `unprocessable` that says what is wrong and what to write instead
 */
export function parseRepo(repo: string, { allowLocal }: { allowLocal: boolean }): RepoUrl {
  const shown = JSON.stringify(withoutUserInfo(repo).slice(0, 200));
  const refuse = (why: string): AppError => new AppError("unprocessable", `The repository ${shown} ${why}`);
  // eslint-disable-next-line no-control-regex -- these characters are what is looked for
  if (repo === "" || repo.length > longest || /[\u0000-\u0020\u007f]/.test(repo)) throw refuse("is empty, too long, or has spaces in it");
  if (repo.startsWith("-")) throw refuse("begins with a dash");

  const named = gitHubName.exec(repo);
  if (named && !/^\.\.?$/.test(named[2]!))
    return { url: `https://github.com/${named[1]}/${named[2]!.replace(/\.git$/, "")}`, scheme: "https", host: "github.com" };

  if (repo.startsWith("./") || repo.startsWith("../") || repo === ".") {
    throw refuse("is relative to the app directory, which the control plane does not have; write `owner/name` or the repository's URL");
  }
  if (isAbsolute(repo) || repo.startsWith("file:")) {
    if (!allowLocal) throw refuse("is on the control plane's own disk, which its operator has not allowed (BERTH_ALLOW_LOCAL_REPOS)");
    return { url: fileUrl(repo, refuse), scheme: "file", host: "" };
  }

  const scp = scpForm.exec(repo);
  const url = URL.parse(scp && !repo.includes("://") ? `ssh://${scp[1]}@${scp[2]}/${scp[3]!.replace(/^\//, "")}` : repo);
  if (!url) throw refuse("is neither `owner/name` nor a URL");
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "https" && scheme !== "ssh" && scheme !== "http") throw refuse(`uses ${scheme}:, but only https and ssh are allowed`);
  if (scheme === "http" && !(allowLocal && isLoopback(url.hostname)))
    throw refuse("uses http, where everybody on the way can read and change it; write https");
  if (url.password !== "" || (scheme !== "ssh" && url.username !== "")) {
    throw refuse("has credentials in it; store them with a git credential of the organisation and leave them out here");
  }
  if (scheme === "ssh" && !/^[A-Za-z0-9._][A-Za-z0-9._-]*$|^$/.test(url.username))
    throw refuse("has a user name with characters that ssh might misread");
  const host = url.hostname.toLowerCase();
  if (!hostForm.test(host) && isIP(host.replace(/^\[|\]$/g, "")) === 0) throw refuse("has no valid host name");
  if (url.search !== "" || url.hash !== "") throw refuse("has a query or fragment, which repositories do not have");
  if (url.pathname.length < 2 || url.pathname.startsWith("/-")) throw refuse("names no repository on its host");
  const user = scheme === "ssh" ? `${url.username || "git"}@` : "";
  return {
    url: `${scheme}://${user}${host}${url.port ? `:${url.port}` : ""}${url.pathname}`,
    scheme,
    host: `${host}${url.port ? `:${url.port}` : ""}`,
  };
}

/** The text with what stands before an `@` of each URL taken out: for messages and logs. */
export function withoutUserInfo(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, "$1");
}

function fileUrl(repo: string, refuse: (why: string) => AppError): string {
  if (isAbsolute(repo)) return pathToFileURL(repo).href;
  const url = URL.parse(repo);
  if (!url || url.host !== "" || url.search !== "" || url.hash !== "")
    throw refuse("is not a file URL of this machine: write file:///path/to/it");
  return url.href;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
