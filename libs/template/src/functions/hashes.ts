import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from "node:crypto";
import { Failure } from "../errors.ts";
import { fn } from "./define.ts";
import type { FunctionTable } from "./define.ts";

function adler32(text: string): number {
  let a = 1;
  let b = 0;
  for (const byte of Buffer.from(text)) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/** The password's first 32 bytes, filled with zeros. */
function keyOf(password: string): Buffer {
  const key = Buffer.alloc(32);
  Buffer.from(password).copy(key);
  return key;
}

/** AES-256-CBC with a random initialization vector before it, in base64. */
function encrypt(password: string, text: string): string {
  if (text === "") return "";
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", keyOf(password), iv);
  return Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final()]).toString("base64");
}

function decrypt(password: string, text: string): string {
  if (text === "") return "";
  const bytes = Buffer.from(text, "base64");
  try {
    const decipher = createDecipheriv("aes-256-cbc", keyOf(password), bytes.subarray(0, 16));
    return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString("utf8");
  } catch {
    throw new Failure("invalid_value", "decryptAES cannot decrypt its argument with this password.");
  }
}

export const hashFunctions: FunctionTable = {
  sha1sum: fn(["string"], (_, text) => createHash("sha1").update(text).digest("hex")),
  sha256sum: fn(["string"], (_, text) => createHash("sha256").update(text).digest("hex")),
  sha512sum: fn(["string"], (_, text) => createHash("sha512").update(text).digest("hex")),
  adler32sum: fn(["string"], (_, text) => String(adler32(text))),
  encryptAES: fn(["string", "string"], (_, password, text) => encrypt(password, text)),
  decryptAES: fn(["string", "string"], (_, password, text) => decrypt(password, text)),
  uuidv4: fn([], () => randomUUID()),
};
