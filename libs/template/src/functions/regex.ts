import { RE2JS, RE2JSSyntaxException } from "re2js";
import { Failure } from "../errors.ts";
import { fn } from "./define.ts";
import { withMust } from "./lists.ts";
import type { Call, FunctionTable } from "./define.ts";

/** Patterns are RE2's, as in Go: matching is linear in the text, with no look-around and no back-references. */
const maxPattern = 2000;

/** A match and its groups; undefined for a group that took no part. */
type Match = { start: number; end: number; groups: (string | undefined)[] };

/** Charges the time that work takes, two steps per microsecond: what a pattern costs does not show from outside. */
function timed<T>(call: Call, work: () => T): T {
  const start = performance.now();
  const result = work();
  call.budget.step((performance.now() - start) * 2000);
  return result;
}

function compile(call: Call, pattern: string): RE2JS {
  const known = call.patterns.get(pattern);
  if (known) return known;
  if (pattern.length > maxPattern)
    throw new Failure("invalid_value", `A regular expression may have ${maxPattern} characters; this one has ${pattern.length}.`);
  try {
    const compiled = timed(call, () => RE2JS.compile(pattern));
    call.patterns.set(pattern, compiled);
    return compiled;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new Failure("invalid_value", `${JSON.stringify(pattern)} is not a regular expression: ${error.getDescription()}.`);
  }
}

/** Finds up to `limit` matches (all if negative) that do not overlap; an empty one right after another match does not count. */
function findAll(call: Call, pattern: string, text: string, limit: number): Match[] {
  const compiled = compile(call, pattern);
  call.budget.step((text.length * compiled.programSize()) / 10);
  const matcher = compiled.matcher(text);
  const matches: Match[] = [];
  let last = -1;
  while (matches.length !== limit && timed(call, () => matcher.find())) {
    const start = matcher.start();
    const end = matcher.end();
    if (start === end && start === last) continue;
    last = end;
    call.budget.reserve(1 + end - start);
    const groups: (string | undefined)[] = [];
    for (let group = 0; group <= compiled.groupCount(); group++) groups.push(matcher.group(group) ?? undefined);
    matches.push({ start, end, groups });
  }
  return matches;
}

/** Replaces all matches by what `expand` makes of them. */
function replaceAll(call: Call, pattern: string, text: string, expand: (match: Match) => string): string {
  let out = "";
  let at = 0;
  for (const match of findAll(call, pattern, text, -1)) {
    const by = expand(match);
    call.budget.reserve(by.length);
    out += text.slice(at, match.start) + by;
    at = match.end;
  }
  return out + text.slice(at);
}

/** `$1`, `$name`, `${1}` and `$$` in a replacement; a name reaches as far as it can, so `$1x` is the group `1x`. */
function expandTemplate(template: string, match: Match, names: Readonly<Record<string, number>>): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare: string | undefined, braced: string | undefined) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    const index = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(names, name) ? names[name] : undefined;
    return (index === undefined ? undefined : match.groups[index]) ?? "";
  });
}

function split(call: Call, pattern: string, text: string, limit: number): string[] {
  if (limit === 0) return [];
  if (text === "" && pattern !== "") return [""];
  const parts: string[] = [];
  let start = 0;
  let end = 0;
  for (const match of findAll(call, pattern, text, limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(text.slice(start, end));
    start = match.end;
  }
  if (end !== text.length) parts.push(text.slice(start));
  return parts;
}

const both: FunctionTable = {
  regexMatch: fn(["string", "string"], (call, pattern, text) => findAll(call, pattern, text, 1).length > 0),
  regexFind: fn(["string", "string"], (call, pattern, text) => findAll(call, pattern, text, 1)[0]?.groups[0] ?? ""),
  regexFindAll: fn(["string", "string", "int"], (call, pattern, text, limit) =>
    findAll(call, pattern, text, limit).map(({ groups }) => groups[0] ?? ""),
  ),
  regexReplaceAll: fn(["string", "string", "string"], (call, pattern, text, by) => {
    const names = compile(call, pattern).namedGroups();
    return replaceAll(call, pattern, text, (match) => expandTemplate(by, match, names));
  }),
  regexReplaceAllLiteral: fn(["string", "string", "string"], (call, pattern, text, by) => replaceAll(call, pattern, text, () => by)),
  regexSplit: fn(["string", "string", "int"], split),
};

/** A wrong pattern fails in either form; Sprig's `regexMatch` would say false. */
export const regexFunctions: FunctionTable = {
  ...both,
  ...withMust(both),
  regexQuoteMeta: fn(["string"], (_, text) => text.replace(/[\\.+*?()|[\]{}^$]/g, (char) => `\\${char}`)),
};
