import { z } from "zod";
import { digestSchema } from "./job-spec.ts";

/**
 * The runner's HTTP requests, next to its WebSocket. Paths are relative to the control plane's base URL.
 *
 *   POST /runner/v1/enroll                                   one-time token + public key → runner id (no other credential)
 *   GET  /runner/v1/connect                                  WebSocket upgrade, subprotocol berth.runner.v1
 *   GET  /runner/v1/jobs/:jobId/state                        current Terraform state of the job's target; 204 where there is none   [job token]
 *   POST /runner/v1/jobs/:jobId/lock | /unlock               Terraform's lock info as body; 423 + the holder's info when held        [job token]
 *   GET  /runner/v1/jobs/:jobId/plan                         the approved plan's bytes                                              [job token]
 *   PUT  /runner/v1/jobs/:jobId/states/:sequence             a state version, in order from 1; repeat = same answer                 [session token]
 *   PUT  /runner/v1/jobs/:jobId/plan                         plan file bytes                                                        [session token]
 *   PUT  /runner/v1/jobs/:jobId/plan-display                 `terraform show -json` of it, gzip                                     [session token]
 *
 * Uploads carry `Berth-Epoch` and `Berth-Digest` (of the uncompressed body); a state also `Berth-Lock-Id`. An older epoch gets 409 `epoch_stale`
 * and is never sent again; bytes that do not hash to the digest get 422 `digest_mismatch`.
 */
export const runnerPaths = {
  enroll: "/runner/v1/enroll",
  connect: "/runner/v1/connect",
  state: (jobId: string) => `/runner/v1/jobs/${jobId}/state`,
  lock: (jobId: string) => `/runner/v1/jobs/${jobId}/lock`,
  unlock: (jobId: string) => `/runner/v1/jobs/${jobId}/unlock`,
  plan: (jobId: string) => `/runner/v1/jobs/${jobId}/plan`,
  planDisplay: (jobId: string) => `/runner/v1/jobs/${jobId}/plan-display`,
  stateVersion: (jobId: string, sequence: number) => `/runner/v1/jobs/${jobId}/states/${sequence}`,
} as const;

export const enrollRequestSchema = z.object({
  token: z.string().min(16).max(256),
  /** Ed25519 public key, SPKI DER in base64. */
  publicKey: z.string().min(32).max(256),
  version: z.string().max(64),
  name: z.string().max(128).optional(),
});

export const enrollResponseSchema = z.object({ runnerId: z.string(), installId: z.string(), installName: z.string() });

export const stateUploadHeaders = z.object({
  "berth-epoch": z.coerce.number().int().positive(),
  "berth-digest": digestSchema,
  "berth-lock-id": z.string().max(128).optional(),
});

/**
 * Terraform's own description of a lock, as its HTTP backend sends it: the body of lock and unlock, and of a 423 answer, where it is the
 * holder's. Terraform adds fields as it likes; only these are read.
 */
export const lockInfoSchema = z.looseObject({
  ID: z.string().min(1).max(128),
  Operation: z.string().max(256).optional(),
  Who: z.string().max(1024).optional(),
  Version: z.string().max(64).optional(),
  /** When it was taken, RFC 3339. */
  Created: z.string().max(64).optional(),
});

export type LockInfo = z.infer<typeof lockInfoSchema>;
export type EnrollRequest = z.infer<typeof enrollRequestSchema>;
export type EnrollResponse = z.infer<typeof enrollResponseSchema>;
