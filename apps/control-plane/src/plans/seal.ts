import type { Vault } from "../crypto/vault.ts";

/** Encrypts a plan file's bytes, or the display of it, bound to the plan's row. */
export function sealPlan(vault: Vault, planId: string, part: "content" | "display", bytes: Uint8Array): Buffer {
  return vault.seal(bytes, `plan-${part}:${planId}`);
}

export function openPlan(vault: Vault, planId: string, part: "content" | "display", sealed: Uint8Array): Buffer {
  return vault.open(sealed, `plan-${part}:${planId}`);
}
