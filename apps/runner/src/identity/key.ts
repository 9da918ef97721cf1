import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeDurableSync } from "../durable.ts";

const keyFile = "key.pem";

/** The runner's private key; made and stored (0600) on first use, so that an enrolment can be repeated with the same one. */
export function loadOrCreateKey(dir: string): KeyObject {
  const path = join(dir, keyFile);
  if (existsSync(path)) return createPrivateKey(readFileSync(path));
  const { privateKey } = generateKeyPairSync("ed25519");
  writeDurableSync(path, privateKey.export({ type: "pkcs8", format: "pem" }));
  return privateKey;
}

/** SPKI DER in base64, as the enrolment wants it. */
export function publicKeyOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64");
}
