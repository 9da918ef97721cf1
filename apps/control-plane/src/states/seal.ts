import type { Vault } from "../crypto/vault.ts";

/** Encrypts a state's bytes, bound to its version's row. */
export function sealState(vault: Vault, stateId: string, content: Uint8Array): Buffer {
  return vault.seal(content, `terraform-state:${stateId}`);
}

export function openState(vault: Vault, stateId: string, sealed: Uint8Array): Buffer {
  return vault.open(sealed, `terraform-state:${stateId}`);
}
