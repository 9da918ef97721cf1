import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Vault } from "../crypto/vault.ts";

/** PKCS #8 of an Ed25519 private key, up to its 32 bytes (RFC 8410). */
const head = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key that schedules are signed with: the same in every replica with the same master keys. */
export function scheduleSigningKey(vault: Vault): KeyObject {
  return createPrivateKey({ key: Buffer.concat([head, vault.deriveKey("schedules")]), format: "der", type: "pkcs8" });
}

/** What runners check it with: SPKI, DER, in base64. */
export function scheduleVerifyKey(vault: Vault): string {
  return createPublicKey(scheduleSigningKey(vault)).export({ format: "der", type: "spki" }).toString("base64");
}
