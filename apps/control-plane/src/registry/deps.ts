import type { Logger } from "@berth/kit/log";
import type { Kysely } from "kysely";
import type { BlobStore } from "../blobs/store.ts";
import type { RegistryAccess } from "./access.ts";
import type { RegistryTables } from "./tables.ts";

/** What the registry takes; see {@link defaultRegistryLimits}. */
export type RegistryLimits = { manifestBytes: number; blobBytes: number; tokenSeconds: number; pageSize: number; uploadParts: number };

/** Manifests up to 4 MiB, blobs up to 10 GB, tokens for 15 minutes, pages of 1,000, uploads in at most 10,000 pieces. */
export const defaultRegistryLimits: RegistryLimits = {
  manifestBytes: 4 * 1024 * 1024,
  blobBytes: 10_000_000_000,
  tokenSeconds: 900,
  pageSize: 1000,
  uploadParts: 10_000,
};

/** What the registry works with. */
export type RegistryDeps = {
  /** `bigint` columns must arrive as numbers. */
  db: Kysely<RegistryTables>;
  blobs: BlobStore;
  /** Signs and verifies tokens; the same in every replica. */
  tokenKey: Buffer;
  /** What a name and password other than one of our tokens may do; undefined where they are wrong. */
  verifyBasic: (username: string, password: string) => Promise<RegistryAccess | undefined>;
  /** Whether whoever a token was made from may still come in: a revoked credential takes its tokens along. */
  holds: (subject: string) => Promise<boolean>;
  /** Address under which clients reach the control plane, for the token server's address; without a slash at the end. */
  publicUrl: () => string;
  logger: Logger;
  limits: RegistryLimits;
};

/** One request, routed and authorised. */
export type RegistryRequest = { raw: Request; query: URLSearchParams; access: RegistryAccess };

/** What it takes to find out who calls and what they may do. */
export type AccessDeps = Pick<RegistryDeps, "tokenKey" | "verifyBasic" | "holds" | "publicUrl" | "limits">;
