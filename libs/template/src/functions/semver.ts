import { compare } from "semver";
import { Failure } from "../errors.ts";
import { Version } from "../value.ts";
import { fn } from "./define.ts";
import type { Call, FunctionTable } from "./define.ts";

type Parts = { major: number; minor: number; patch: number; pre: string; meta: string };

/** `dirty` says which parts were left out or are wildcards: 1 the major, 2 the minor, 3 only the patch; 4 none. */
type Constraint = { operator: string; version: Parts; dirty: 1 | 2 | 3 | 4 };

const versionPattern =
  /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
const constraintPattern =
  /^(=|!=|>=|=>|<=|=<|>|<|~>|~|\^|)\s*v?(\d{1,15}|[xX*])(?:\.(\d{1,15}|[xX*]))?(?:\.(\d{1,15}|[xX*]))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
const maxLength = 500;

/** Reads a version; minor and patch may be missing. @throws Failure */
function parse(text: string): Parts {
  const match = text.length > maxLength ? null : versionPattern.exec(text);
  if (!match || match[4]?.split(".").some((part) => /^0\d+$/.test(part)))
    throw new Failure("invalid_value", `${show(text)} is not a semantic version.`);
  const [, major, minor = "0", patch = "0", pre = "", meta = ""] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), pre, meta };
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

function format({ major, minor, patch, pre, meta }: Parts): string {
  return `${major}.${minor}.${patch}${pre === "" ? "" : `-${pre}`}${meta === "" ? "" : `+${meta}`}`;
}

function parseConstraint(text: string): Constraint {
  const match = constraintPattern.exec(text);
  if (!match) throw new Failure("invalid_value", `${show(text)} is not a version constraint.`);
  const [, operator = "", major = "", minor = "x", patch = "x", pre = "", meta = ""] = match;
  const wild = [major, minor, patch].findIndex((part) => /^[xX*]$/.test(part));
  const dirty = wild === 0 ? 1 : wild === 1 ? 2 : wild === 2 ? 3 : 4;
  const number = (part: string, from: number): number => (dirty <= from ? 0 : Number(part));
  return { operator, version: { major: number(major, 1), minor: number(minor, 2), patch: number(patch, 3), pre, meta }, dirty };
}

/** `a || b` holds if either does; constraints parted by commas or spaces must hold together; `1.2 - 3` is a range with both ends. */
function parseConstraints(text: string): Constraint[][] {
  if (text.length > maxLength) throw new Failure("invalid_value", "A version constraint may have 500 characters.");
  return text.split("||").map((alternative) => {
    const ranged = alternative.replace(/(\S+)\s+-\s+(\S+)/g, ">=$1 <=$2");
    const parts = ranged
      .trim()
      .replace(/([=!<>~^])\s+/g, "$1")
      .split(/\s*,\s*|\s+/);
    return parts.map(parseConstraint);
  });
}

function satisfies(version: Parts, { operator, version: wanted, dirty }: Constraint): boolean {
  // A pre-release satisfies only constraints that name one.
  if (version.pre !== "" && wanted.pre === "") return false;
  const order = compare(format(version), format(wanted));
  const sameMajor = version.major === wanted.major;
  const sameMinor = sameMajor && version.minor === wanted.minor;
  switch (operator) {
    case ">":
      if (dirty === 4) return order > 0;
      return version.major > wanted.major || (dirty === 3 && sameMajor && version.minor > wanted.minor);
    case "<":
      return order < 0;
    case ">=":
    case "=>":
      return order >= 0;
    case "<=":
    case "=<":
      if (dirty === 4) return order <= 0;
      return version.major < wanted.major || (sameMajor && (dirty < 3 || version.minor <= wanted.minor));
    case "!=":
      return !within(dirty, order, sameMajor, sameMinor);
    case "^":
      return order >= 0 && caret(version, wanted, dirty);
    case "~":
    case "~>":
      return dirty === 1 || (order >= 0 && (dirty === 2 ? sameMajor : sameMinor));
    default:
      return within(dirty, order, sameMajor, sameMinor);
  }
}

/** Whether a version equals one of which parts may be open. */
function within(dirty: Constraint["dirty"], order: number, sameMajor: boolean, sameMinor: boolean): boolean {
  return dirty === 1 || (dirty === 2 ? sameMajor : dirty === 3 ? sameMinor : order === 0);
}

/** `^` lets everything change to the right of the first part that is not zero. */
function caret(version: Parts, wanted: Parts, dirty: Constraint["dirty"]): boolean {
  if (dirty === 1) return true;
  if (version.major !== wanted.major) return false;
  if (wanted.major > 0 || dirty === 2) return true;
  if (version.minor !== wanted.minor) return false;
  return wanted.minor > 0 || dirty === 3 || version.patch === wanted.patch;
}

/** Whether a text is a version as Helm reads it: minor and patch may be missing, a `v` may stand before it. */
export function isVersion(text: string): boolean {
  return (
    text.length <= maxLength &&
    versionPattern.test(text) &&
    !(versionPattern.exec(text)?.[4] ?? "").split(".").some((part) => /^0\d+$/.test(part))
  );
}

/** Less than 0 where `a` is the older version. @throws Failure for what is no version */
export function compareVersions(a: string, b: string): number {
  return compare(format(parse(a)), format(parse(b)));
}

/** Whether a version satisfies a constraint as Helm reads them: `^1.2`, `>=1.0 <2`, `1.x || 3.x`. @throws Failure for what is no version or constraint */
export function satisfiesConstraint(version: string, constraint: string): boolean {
  const parts = parse(version);
  return parseConstraints(constraint).some((all) => all.every((one) => satisfies(parts, one)));
}

/** Whether a version is a pre-release. @throws Failure for what is no version */
export function isPrerelease(version: string): boolean {
  return parse(version).pre !== "";
}

function semverCompare(call: Call, constraint: string, text: string): boolean {
  call.budget.step(constraint.split("||").length * 10);
  return satisfiesConstraint(text, constraint);
}

function semver(text: string): Version {
  const parts = parse(text);
  return new Version(format(parts), {
    Major: parts.major,
    Minor: parts.minor,
    Patch: parts.patch,
    Prerelease: parts.pre,
    Metadata: parts.meta,
    Original: text,
  });
}

export const semverFunctions: FunctionTable = {
  semver: fn(["string"], (_, text) => semver(text)),
  semverCompare: fn(["string", "string"], semverCompare),
};
