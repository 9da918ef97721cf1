import { z } from "zod";
import { route } from "../route.ts";
import { none, timestamp } from "../shapes.ts";

export const secretSchema = z.object({
  name: z.string(),
  displayName: z.string().optional(),
  description: z.string(),
  state: z
    .enum(["unknown", "missing", "found", "synced", "failed", "left"])
    .describe(
      "`unknown`: nobody has looked yet; `missing`: there is no value; `found`: there is one, and it was not synced yet; `failed`: `problem` says why; `left`: it left the config, the next sync clears it",
    ),
  required: z.boolean(),
  autoGenerate: z.boolean(),
  hasDefault: z.boolean(),
  format: z.enum(["", "base64"]),
  source: z
    .string()
    .optional()
    .describe("Where it was found: `aws_secrets_manager`, `google_secret_manager`, `azure_key_vault`, `directory`, `default` or `none`"),
  address: z.string().optional().describe("Its ARN, resource name, URL or path"),
  change: z.enum(["created", "updated", "unchanged", "missing"]).optional().describe("What the last sync found, against the one before"),
  digest: z
    .string()
    .optional()
    .describe("Tells values apart: keyed with a random key that never leaves the runner, so it says nothing about the value"),
  targets: z
    .array(z.object({ namespace: z.string(), name: z.string(), key: z.string(), change: z.string().optional() }))
    .describe("Kubernetes secrets that it goes into"),
  problem: z.string().optional(),
  checkedAt: timestamp.optional(),
  syncedAt: timestamp.optional(),
  changedAt: timestamp.optional(),
  workflowId: z.string().optional().describe("The last one that looked"),
});

export const secretsContract = {
  "secrets.list": route({
    method: "GET",
    path: "/v1/installs/:installId/secrets",
    tag: "secrets",
    summary: "List the secrets of an install: where each is kept and what became of it, never a value",
    description: "Values stay in the customer's account. The operation `secrets_sync` reads them there and writes them into the cluster.",
    customer: true,
    params: z.object({ installId: z.string() }),
    query: none,
    body: none,
    response: z.object({ items: z.array(secretSchema) }),
  }),
};
