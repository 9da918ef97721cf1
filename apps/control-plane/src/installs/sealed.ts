import type { Vault } from "../crypto/vault.ts";

/** Values that are kept encrypted, by name. */
export type Values = Record<string, unknown>;

const contexts = {
  inputs: "install-inputs",
  target: "install-target",
  run: "action-run",
  env: "action-run-env",
  runbook: "runbook-inputs",
  overrides: "component-overrides",
} as const;

/** Encrypts values bound to the row they belong to; nothing where there are none. */
export function sealValues(vault: Vault, kind: keyof typeof contexts, id: string, values: Values): Buffer | null {
  return Object.keys(values).length === 0 ? null : vault.seal(JSON.stringify(values), `${contexts[kind]}:${id}`);
}

/** @throws Error when the bytes were altered or belong to another row */
export function openValues(vault: Vault, kind: keyof typeof contexts, id: string, sealed: Uint8Array | null): Values {
  return sealed === null ? {} : (JSON.parse(vault.open(sealed, `${contexts[kind]}:${id}`).toString("utf8")) as Values);
}
