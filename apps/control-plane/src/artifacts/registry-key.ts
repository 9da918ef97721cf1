import type { Vault } from "../crypto/vault.ts";

/** The key that signs the embedded registry's tokens: who mints them and who verifies them need the same. */
export function registryTokenKey(vault: Vault): Buffer {
  return vault.deriveKey("registry tokens");
}
