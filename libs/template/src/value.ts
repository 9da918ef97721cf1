import { fieldOfTime } from "./time/fields.ts";
import type { Budget } from "./limits.ts";

/**
 * Values as templates see them. Data is JSON; numbers with an integral, exactly representable value are integers (Go's `int`), all others floats, so
 * data needs no conversion. What cannot be told apart that way is tagged: a float with an integral value, a complex number, a time.
 */
export type Value = null | boolean | string | number | bigint | Float | Complex | Time | Version | Value[] | Dict;

/** A map with string keys. */
export type Dict = { [key: string]: Value };

abstract class Tagged {
  abstract readonly type: string;

  /** What a chained field such as `now.Year` gives; undefined where there is no such field. */
  field(_name: string): Value | undefined {
    return undefined;
  }
}

/** A float64, as literals with a point or exponent and float functions give it. */
export class Float extends Tagged {
  readonly type = "float64";
  readonly value: number;
  constructor(value: number) {
    super();
    this.value = value;
  }
}

/** A complex128, from literals such as `2i`. */
export class Complex extends Tagged {
  readonly type = "complex128";
  readonly re: number;
  readonly im: number;
  constructor(re: number, im: number) {
    super();
    this.re = re;
    this.im = im;
  }
}

/** An instant, in ms since 1970 (fractions allowed), shown in a time zone: an IANA name, or a fixed offset with its abbreviation. */
export class Time extends Tagged {
  readonly type = "time.Time";
  readonly ms: number;
  readonly zone: Zone;
  constructor(ms: number, zone: Zone) {
    super();
    this.ms = ms;
    this.zone = zone;
  }
  override field(name: string): Value | undefined {
    return fieldOfTime(this, name);
  }
}

/** A semantic version. `text` is its normal form. */
export class Version extends Tagged {
  readonly type = "*semver.Version";
  readonly text: string;
  readonly fields: Readonly<Record<string, Value>>;
  constructor(text: string, fields: Readonly<Record<string, Value>>) {
    super();
    this.text = text;
    this.fields = fields;
  }
  override field(name: string): Value | undefined {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }
}

/** How a {@link Time} is shown. `offset` is in seconds east of UTC. */
export type Zone = { name: string } | { offset: number; abbreviation: string };

/** Whether the value is a map. */
export function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Tagged);
}

/** Whether the value is an integer, in Go's sense. */
export function isInt(value: unknown): value is number | bigint {
  return typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "bigint";
}

/** Whether the value is a float, in Go's sense. */
export function isFloat(value: unknown): value is number | Float {
  return typeof value === "number" ? !Number.isSafeInteger(value) : value instanceof Float;
}

/** The number behind an integer or float. */
export function numberOf(value: number | bigint | Float): number {
  return value instanceof Float ? value.value : Number(value);
}

/** The integer with these 64 bits, wrapped as Go wraps. */
export function intOf(value: bigint): number | bigint {
  const wrapped = BigInt.asIntN(64, value);
  const small = Number(wrapped);
  return Number.isSafeInteger(small) ? small : wrapped;
}

/** A map without a prototype, so that no key is special. */
export function newDict(entries: Iterable<readonly [string, Value]> = []): Dict {
  const dict = Object.create(null) as Dict;
  for (const [key, value] of entries) dict[key] = value;
  return dict;
}

/** The value under a key of the map's own; undefined where there is none. */
export function ownValue(dict: Dict, key: string): Value | undefined {
  return Object.hasOwn(dict, key) ? normal(dict[key]) : undefined;
}

/** What the name stands for in a map, time or version; undefined where it stands for nothing. */
export function fieldOf(value: Value, name: string): Value | undefined {
  if (value instanceof Tagged) return value.field(name);
  return isDict(value) ? ownValue(value, name) : undefined;
}

/** What the caller's data may hold by accident (undefined, functions, symbols) counts as absent. */
function normal(value: unknown): Value | undefined {
  return typeof value === "function" || typeof value === "symbol" ? undefined : (value as Value | undefined);
}

/** A list's item; what is no JSON counts as nil. */
export function itemOf(list: readonly Value[], index: number): Value {
  return normal(list[index]) ?? null;
}

/** The map's keys in Go's order: by bytes. Their number is charged to the budget. @throws Failure `limit_steps` */
export function sortedKeys(dict: Dict, budget?: Budget): string[] {
  const keys = Object.keys(dict);
  budget?.step(2 * keys.length);
  for (const key of keys) {
    if (normal(dict[key]) === undefined) return keys.filter((name) => normal(dict[name]) !== undefined).toSorted(compareStrings);
  }
  return keys.sort(compareStrings);
}

/** Go's string order: by code point, where `<` in JavaScript goes by UTF-16 unit. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xAstral = (x & 0xf800) === 0xd800;
    const yAstral = (y & 0xf800) === 0xd800;
    if (xAstral !== yAstral) return xAstral ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** How many keys the map has. */
export function countKeys(dict: Dict, budget: Budget): number {
  const { length } = Object.keys(dict);
  budget.step(length / 2);
  return length;
}

/** Go's truth: everything but false, 0, nil and what is empty. Maps have to be counted, which is charged to the budget. */
export function isTrue(value: Value, budget: Budget): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return value !== "";
  if (value === null) return false;
  if (typeof value === "number") return value !== 0;
  if (typeof value === "bigint") return value !== 0n;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Complex) return value.re !== 0 || value.im !== 0;
  if (value instanceof Tagged) return true;
  return countKeys(value, budget) > 0;
}

/** The type's name in Go. There is one list type, one map type and one integer type. */
export function typeOf(value: Value): string {
  if (value === null) return "<nil>";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (isInt(value)) return "int";
  if (typeof value === "number") return "float64";
  if (Array.isArray(value)) return "[]interface {}";
  return value instanceof Tagged ? value.type : "map[string]interface {}";
}

/** The type in plain words. Says nothing of the content. */
export function wordFor(value: Value): string {
  if (value === null) return "nil";
  if (typeof value === "boolean") return "a bool";
  if (typeof value === "string") return "a string";
  if (isInt(value)) return "an integer";
  if (isFloat(value)) return "a float";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Time) return "a time";
  if (value instanceof Version) return "a version";
  return value instanceof Complex ? "a complex number" : "a map";
}

const keysShown = 12;

/** What the value is, for a chain of values: its type, its size and keys; never the content, which may be secret. */
export function describe(value: Value): string {
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (!isDict(value)) return wordFor(value);
  return `map with ${listKeys(value)}`;
}

/** The keys in words: `keys "a", "b"`, shortened where there are many. */
export function listKeys(dict: Dict): string {
  const keys = sortedKeys(dict);
  if (keys.length === 0) return "no keys";
  const shown = keys.slice(0, keysShown).map((key) => JSON.stringify(key.length > 60 ? `${key.slice(0, 57)}...` : key));
  const more = keys.length > keysShown ? ` and ${keys.length - keysShown} more` : "";
  return `${keys.length === 1 ? "key" : "keys"} ${shown.join(", ")}${more}`;
}
