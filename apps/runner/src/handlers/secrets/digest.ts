import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createExclusive } from "../../durable.ts";

/** Tells values of a secret apart without saying anything about them. */
export type Digester = {
  /** Of the key: digests of another one can't be compared. */
  mark: string;
  of(name: string, value: Buffer): string;
};

/**
 * Opens the runner's own key, which is random, made when it is first needed, and leaves its directory never: without it a digest can't be tried against guesses of the value.
 * Digests of two secrets, or of two installs, differ also where the values are the same.
 */
export function openDigester(input: { dir: string; installId: string }): Digester {
  const path = join(input.dir, "secrets-key");
  createExclusive(path, randomBytes(32).toString("hex"));
  const text = readFileSync(path, "utf8").trim();
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(`${path} is damaged. Delete it: the next sync makes a new one, and takes every secret for changed once`);
  const key = Buffer.from(text, "hex");
  const mark = createHash("sha256").update("berth secrets key\0").update(key).digest("hex").slice(0, 8);
  return {
    mark,
    of(name, value) {
      const about = JSON.stringify([input.installId, name]);
      return `${mark}:${createHmac("sha256", key).update(`${about}\0`).update(value).digest("hex").slice(0, 32)}`;
    },
  };
}
