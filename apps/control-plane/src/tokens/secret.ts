import { randomBytes } from "node:crypto";
import { sha256 } from "@berth/kit/digest";

/** A new API token: 256 random bits behind a prefix that secret scanners can know. */
export function newTokenSecret(): string {
  return `brt_${randomBytes(32).toString("base64url")}`;
}

/** What is stored of a token. It has enough entropy that a plain hash cannot be searched. */
export function hashToken(secret: string): string {
  return sha256(secret);
}
