import { randomBytes } from "node:crypto";
import { sha256 } from "@berth/kit/digest";

/** What every password of a pull credential begins with, so that it is told from an API token without a look-up. */
export const pullSecretPrefix = "brp_";

/** The user name that goes with the password. Any other does as well: the password says all. */
export const pullUsername = "berth";

/** A new password: 256 random bits behind a prefix that secret scanners can know. */
export function newPullSecret(): string {
  return `${pullSecretPrefix}${randomBytes(32).toString("base64url")}`;
}

/** What is stored of a password. It has enough entropy that a plain hash cannot be searched. */
export function hashPullSecret(secret: string): string {
  return sha256(secret);
}
