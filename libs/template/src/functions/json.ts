import { Failure } from "../errors.ts";
import { formatTime } from "../time/format-time.ts";
import { Complex, Time, Version, isDict, isFloat, isInt, itemOf, numberOf, ownValue, sortedKeys } from "../value.ts";
import { fn } from "./define.ts";
import type { Call, FunctionTable } from "./define.ts";
import type { Value } from "../value.ts";

type Style = { escapeHtml: boolean; pretty: boolean };

/** Keys come in order. Without `escapeHtml`, only what JSON demands is escaped. @throws Failure for what JSON has no form for */
function encode(call: Call, style: Style, value: Value, indent: string): string {
  if (value === null) return "null";
  if (typeof value === "string") return encodeString(call, style, value);
  if (typeof value === "boolean" || isInt(value)) return String(value);
  if (isFloat(value)) {
    if (!Number.isFinite(numberOf(value))) throw new Failure("invalid_value", "JSON has no infinities and no NaN.");
    return String(numberOf(value));
  }
  if (value instanceof Complex) throw new Failure("wrong_type", "JSON has no complex numbers.");
  if (value instanceof Time) return encodeString(call, style, formatTime(value, "2006-01-02T15:04:05.999999999Z07:00"));
  if (value instanceof Version) return encodeString(call, style, value.text);
  call.budget.enter();
  const inner = style.pretty ? `${indent}  ` : "";
  const parts: string[] = [];
  const add = (part: string): void => {
    call.budget.reserve(part.length + inner.length + 2);
    parts.push(inner + part);
  };
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) add(encode(call, style, itemOf(value, i), inner));
  else {
    for (const key of sortedKeys(value, call.budget)) {
      add(`${encodeString(call, style, key)}:${style.pretty ? " " : ""}${encode(call, style, ownValue(value, key) ?? null, inner)}`);
    }
  }
  call.budget.leave();
  const [open, close] = isDict(value) ? ["{", "}"] : ["[", "]"];
  if (parts.length === 0) return open + close;
  return style.pretty ? `${open}\n${parts.join(",\n")}\n${indent}${close}` : open + parts.join(",") + close;
}

function encodeString(call: Call, style: Style, text: string): string {
  call.budget.reserve(text.length);
  const json = JSON.stringify(text.toWellFormed()).replace(/[\u2028\u2029]/g, escapeUnit);
  return style.escapeHtml ? json.replace(/[<>&]/g, escapeUnit) : json;
}

function escapeUnit(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Reads JSON. @throws Failure which says where, never what, as the text may be secret */
function decode(call: Call, text: string): Value {
  call.budget.reserve(text.length);
  try {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- JSON gives JSON values
    return JSON.parse(text) as Value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /position (\d+)/.exec(error.message)?.[1];
    throw new Failure(
      "invalid_value",
      `The text is not JSON${position === undefined ? "" : `: it goes wrong after ${position} characters`}.`,
    );
  }
}

/** Like Sprig, `fromJson` gives nil for what is no JSON, so that `with` and `default` can deal with it; `mustFromJson` fails. */
function decodeOrNil(call: Call, text: string): Value {
  try {
    return decode(call, text);
  } catch (error) {
    if (error instanceof Failure && error.code === "invalid_value") return null;
    throw error;
  }
}

const toJson = fn(["any"], (call, value) => encode(call, { escapeHtml: true, pretty: false }, value, ""));
const toPrettyJson = fn(["any"], (call, value) => encode(call, { escapeHtml: true, pretty: true }, value, ""));
const toRawJson = fn(["any"], (call, value) => encode(call, { escapeHtml: false, pretty: false }, value, ""));

export const jsonFunctions: FunctionTable = {
  toJson,
  mustToJson: toJson,
  toPrettyJson,
  mustToPrettyJson: toPrettyJson,
  toRawJson,
  mustToRawJson: toRawJson,
  fromJson: fn(["string"], decodeOrNil),
  mustFromJson: fn(["string"], decode),
};
