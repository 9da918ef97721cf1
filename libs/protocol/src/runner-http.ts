import { z } from "zod";
import { digestSchema } from "./job-spec.ts";

export { runnerPaths } from "./runner-paths.ts";

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
