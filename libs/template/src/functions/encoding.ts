import { Failure } from "../errors.ts";
import { fn } from "./define.ts";
import type { FunctionTable } from "./define.ts";

const alphabet32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Text of bytes. @throws Failure where they are none: a value cannot hold other bytes */
function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure("invalid_value", `${name} found bytes that are not text.`);
  }
}

function decode64(text: string): string {
  const bare = text.replace(/[\r\n]/g, "");
  if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare))
    throw new Failure("invalid_value", "The argument of b64dec is not base64.");
  return textOf(Buffer.from(bare, "base64"), "b64dec");
}

function encode32(text: string): string {
  let out = "";
  let bits = 0;
  let buffer = 0;
  for (const byte of Buffer.from(text)) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) out += alphabet32[(buffer >> (bits - 5)) & 31];
  }
  if (bits > 0) out += alphabet32[(buffer << (5 - bits)) & 31];
  return out.padEnd(Math.ceil(out.length / 8) * 8, "=");
}

function decode32(text: string): string {
  const bare = text.replace(/[\r\n]/g, "");
  const digits = bare.replace(/=+$/, "");
  if (bare.length % 8 !== 0 || bare.length - digits.length > 6 || !/^[A-Z2-7]*$/.test(digits)) {
    throw new Failure("invalid_value", "The argument of b32dec is not base32.");
  }
  const bytes: number[] = [];
  let bits = 0;
  let buffer = 0;
  for (const digit of digits) {
    buffer = ((buffer << 5) | alphabet32.indexOf(digit)) & 0xfff;
    bits += 5;
    if (bits >= 8) bytes.push((buffer >> (bits -= 8)) & 0xff);
  }
  return textOf(Uint8Array.from(bytes), "b32dec");
}

export const encodingFunctions: FunctionTable = {
  b64enc: fn(["string"], (_, text) => Buffer.from(text).toString("base64")),
  b64dec: fn(["string"], (_, text) => decode64(text)),
  b32enc: fn(["string"], (_, text) => encode32(text)),
  b32dec: fn(["string"], (_, text) => decode32(text)),
};
