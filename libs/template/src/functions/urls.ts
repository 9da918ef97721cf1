import { Failure } from "../errors.ts";
import { newDict, ownValue, wordFor } from "../value.ts";
import { fn } from "./define.ts";
import type { FunctionTable } from "./define.ts";
import type { Dict } from "../value.ts";

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Failure("invalid_value", `The ${what} of the URL has a wrong percent escape.`);
  }
}

/** The parts of a URL, of any scheme, as Go splits them. */
function urlParse(text: string): Dict {
  // eslint-disable-next-line no-control-regex -- they are what is refused
  if (/[\x00-\x1f\x7f]/.test(text)) throw new Failure("invalid_value", "The text is not a URL: it holds control characters.");
  const [, beforeFragment = "", fragment = ""] = /^([^#]*)#?(.*)$/s.exec(text) ?? [];
  const [, scheme = "", afterScheme = ""] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)$/s.exec(beforeFragment) ?? [];
  if (afterScheme.startsWith(":")) throw new Failure("invalid_value", "The text is not a URL: its scheme is missing.");
  const [, hierarchy = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(afterScheme) ?? [];
  const opaque = scheme !== "" && hierarchy !== "" && !hierarchy.startsWith("/");
  const [, authority = "", path = ""] = (opaque ? null : /^(?:\/\/([^/]*))?(.*)$/s.exec(hierarchy)) ?? [];
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  const [, hostname = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host) ?? [];
  if (host !== "" && hostname === "" && port === undefined)
    throw new Failure("invalid_value", "The text is not a URL: its host or port is wrong.");
  return newDict([
    ["scheme", scheme.toLowerCase()],
    ["host", decode(host, "host")],
    ["hostname", decode(hostname.replace(/^\[(.*)\]$/, "$1"), "host")],
    ["path", decode(path, "path")],
    ["query", query],
    ["opaque", opaque ? hierarchy : ""],
    ["fragment", decode(fragment, "fragment")],
    ["userinfo", at === -1 ? "" : authority.slice(0, at)],
  ]);
}

function part(parts: Dict, name: string): string {
  const value = ownValue(parts, name) ?? "";
  if (typeof value !== "string") throw new Failure("wrong_type", `The ${name} of urlJoin must be a string, not ${wordFor(value)}.`);
  return value;
}

/** Escapes all but what may stand as it is. */
function escape(text: string, allowed: RegExp): string {
  return Array.from(text.toWellFormed(), (char) => (allowed.test(char) ? char : encodeURIComponent(char).replace(/^[!'()*]$/, hexOf))).join(
    "",
  );
}

function hexOf(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function urlJoin(parts: Dict): string {
  const [scheme, host, path, query, opaque, fragment, userinfo] = ["scheme", "host", "path", "query", "opaque", "fragment", "userinfo"].map(
    (name) => part(parts, name),
  );
  const prefix = scheme ? `${scheme}:` : "";
  const suffix = (query ? `?${query}` : "") + (fragment ? `#${escape(fragment, /[\w.~$&+,/:;=?@!()*-]/)}` : "");
  if (opaque) return prefix + opaque + suffix;
  const authority =
    host || userinfo || (scheme && path?.startsWith("/"))
      ? `//${userinfo ? `${userinfo}@` : ""}${escape(host ?? "", /[\w.~!$&'()*+,;=:[\]<>"-]/)}`
      : "";
  const joint = path && !path.startsWith("/") && host ? "/" : "";
  return prefix + authority + joint + escape(path ?? "", /[\w.~$&+,/:;=@!'()*-]/) + suffix;
}

export const urlFunctions: FunctionTable = {
  urlParse: fn(["string"], (_, text) => urlParse(text)),
  urlJoin: fn(["dict"], (_, parts) => urlJoin(parts)),
};
