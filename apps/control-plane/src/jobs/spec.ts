import type { JobSpec } from "@berth/protocol/job-spec";
import type { Vault } from "../crypto/vault.ts";

/** What of a job is stored encrypted: its spec, and the texts to redact. */
export type SealedSpec = { spec: JobSpec; redact: string[] };

/** Encrypts a job's spec, bound to the job. */
export function sealSpec(vault: Vault, jobId: string, value: SealedSpec): Buffer {
  return vault.seal(JSON.stringify(value), `job-spec:${jobId}`);
}

/** @throws Error when it was altered or belongs to another job */
export function openSpec(vault: Vault, jobId: string, sealed: Uint8Array): SealedSpec {
  return JSON.parse(vault.open(sealed, `job-spec:${jobId}`).toString("utf8")) as SealedSpec;
}
