import { z } from "zod";
import { clusterSchema } from "./common.ts";

/** A secret's name: also that of a file. */
export const secretNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$/, "letters, digits, `.`, `_` and `-`, at most 127");

/** Where a value goes in the cluster. Names are checked again by the cluster. */
const targetSchema = z.object({
  namespace: z.string().regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/),
  name: z.string().regex(/^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/),
  key: z.string().regex(/^[-._A-Za-z0-9]{1,253}$/),
});

/**
 * Reads the secrets of an install where the customer keeps them, makes those that are to be made, and writes them where the app needs them. Values are the runner's
 * alone: nothing of them is in the spec, the log or the result. Safe to repeat.
 */
export const secretsSyncSpec = z.object({
  kind: z.literal("secrets.sync"),
  /** Only looks: nothing is made, written or removed. */
  dryRun: z.boolean(),
  /** Absent where nothing goes into a cluster, or there is none yet. */
  cluster: clusterSchema.optional(),
  /** The cloud that the install is in, whose store holds what is not found elsewhere. */
  cloud: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("aws"), region: z.string().optional(), roleArn: z.string().optional() }),
    z.object({ kind: z.literal("google"), project: z.string().optional() }),
    z.object({ kind: z.literal("azure"), vaultUrl: z.string().optional(), tenantId: z.string().optional() }),
    z.object({ kind: z.literal("none") }),
  ]),
  secrets: z
    .array(
      z.object({
        name: secretNameSchema,
        required: z.boolean(),
        autoGenerate: z.boolean(),
        /** `base64`: what is kept is base64 of the value. */
        format: z.enum(["", "base64"]),
        /** Taken where none is kept. It stands in the app's config, and is no secret. */
        default: z.string().max(65_536).optional(),
        /** The secret's own address, where an output of the install's stack or sandbox tells it, and which one does. */
        address: z.object({ text: z.string().min(1).max(2048), from: z.string().max(512) }).optional(),
        targets: z.array(targetSchema).max(500),
        /** The digest that the last sync reported. */
        lastDigest: z.string().max(128).optional(),
      }),
    )
    .max(500),
});

/** Where a value came from. Append only. */
export const secretSources = ["aws_secrets_manager", "google_secret_manager", "azure_key_vault", "directory", "default", "none"] as const;

/** What a sync found out about one secret, and did with it. Never its value. */
export const secretReportSchema = z.object({
  name: secretNameSchema,
  source: z.enum(secretSources),
  /** Its ARN, resource name, URL or path. */
  address: z.string().max(2048).optional(),
  /** There is a value, or its default stands for it. */
  exists: z.boolean(),
  /** The runner has made the value in this very job. */
  generated: z.boolean(),
  /** Against the last sync. `missing`: there is no value. */
  change: z.enum(["created", "updated", "unchanged", "missing"]),
  /** Tells values apart: an HMAC under a random key that stays on the runner's machine. `<key's mark>:<hex>`. */
  digest: z.string().max(128).optional(),
  length: z.number().int().nonnegative().optional(),
  /** `kept`: there is no value to write, and what was written earlier stays. */
  targets: z.array(targetSchema.extend({ change: z.enum(["created", "updated", "unchanged", "kept", "missing"]) })).max(500),
  /** What is wrong with it, and what to do about that. */
  problem: z.string().max(4096).optional(),
});

/** The output `secrets` of the job. */
export const secretsReportSchema = z.object({
  secrets: z.array(secretReportSchema).max(500),
  /** Kubernetes secrets that left the config: deleted where a sync had made them, else only our keys taken out. */
  removed: z.array(z.object({ namespace: z.string().max(253), name: z.string().max(253), how: z.enum(["deleted", "released"]) })).max(5000),
});

export type SecretsSyncSpec = z.infer<typeof secretsSyncSpec>;
export type SecretSpec = SecretsSyncSpec["secrets"][number];
export type SecretTarget = z.infer<typeof targetSchema>;
export type SecretSource = (typeof secretSources)[number];
export type SecretReport = z.infer<typeof secretReportSchema>;
export type SecretsReport = z.infer<typeof secretsReportSchema>;
