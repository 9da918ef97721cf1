/** What the text of an include field means. */
export type IncludeSource =
  | { kind: "literal" }
  | { kind: "relative"; path: string }
  | { kind: "file"; path: string }
  | { kind: "http"; url: string }
  | { kind: "git"; url: string; path: string; ref: string | undefined }
  | { kind: "invalid"; reason: string };

/** Tells a reference from text that stands for itself: only one line that starts as a reference is one; `./nuon…` never is. */
export function includeSource(text: string): IncludeSource {
  if (text.includes("\n") || text.startsWith("./nuon")) return { kind: "literal" };
  if (text.startsWith("./")) return { kind: "relative", path: text };
  if (text.startsWith("file://")) return fileSource(text);
  if (/^https?:\/\//i.test(text))
    return URL.canParse(text) ? { kind: "http", url: text } : { kind: "invalid", reason: "it is not a valid address" };
  if (text.startsWith("git::")) return gitSource(text.slice("git::".length));
  if (/^git@[^\s:]+:[^\s]+\/\//.test(text)) return gitSource(text);
  if (/^github\.com\/[^/\s]+\/[^/\s]+\/\//.test(text)) return gitSource(`https://${text}`);
  return { kind: "literal" };
}

function fileSource(text: string): IncludeSource {
  try {
    const url = new URL(text);
    if (url.host !== "") return { kind: "invalid", reason: "a file:// address names no host: write file:///path" };
    return { kind: "file", path: decodeURIComponent(url.pathname) };
  } catch {
    return { kind: "invalid", reason: "it is not a valid file:// address" };
  }
}

const transports = /^(https?:\/\/|ssh:\/\/|file:\/\/\/|git@[^\s:]+:)/;

/** `<repository>//<path>?ref=<branch, tag or commit>`; the first `//` after the scheme divides. */
function gitSource(text: string): IncludeSource {
  const [address = "", query = ""] = text.split("?", 2);
  if (!transports.test(address)) return { kind: "invalid", reason: "a git source starts with https://, ssh:// or git@host:" };
  const start = address.includes("://") ? address.indexOf("://") + 3 : 0;
  const divide = address.indexOf("//", start);
  if (divide === -1)
    return { kind: "invalid", reason: "a git source names the file after a double slash: git::https://host/owner/repo//path" };
  const path = address.slice(divide + 2);
  const ref = new URLSearchParams(query).get("ref") ?? undefined;
  if (path === "" || path.startsWith("/") || path.split("/").includes(".."))
    return { kind: "invalid", reason: "the path within the repository is not usable" };
  if (ref !== undefined && !/^[A-Za-z0-9_][\w./+@-]*$/.test(ref)) return { kind: "invalid", reason: "the ref is not usable" };
  return { kind: "git", url: address.slice(0, divide), path, ref };
}

/** An address without credentials, fit to be shown. */
export function withoutCredentials(address: string): string {
  return address.replace(/\/\/[^/@\s]+@/, "//");
}
