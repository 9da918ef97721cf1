import type { secretSchema } from "@berth/api/contract/secrets";
import type { SecretDefinition } from "@berth/toml-schema/config/inputs";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import { findInstall, findInstallConfig } from "../installs/queries.ts";
import { findSecrets, type SecretsRow } from "./rows.ts";

type SecretView = z.input<typeof secretSchema>;

/** The secrets of an install: as its config declares them, with what the last sync found; at the end those that left the config. @throws AppError `not_found` */
export async function listSecrets({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<{ items: SecretView[] }> {
  await findInstall(ctx, input.installId);
  const { config } = await findInstallConfig(ctx, input.installId);
  const rows = await findSecrets(ctx, input.installId);
  const declared = config.secrets.map((secret) => viewOf(secret, rows.get(secret.name)));
  const names = new Set(config.secrets.map(({ name }) => name));
  const left = [...rows.values()].filter(({ name }) => !names.has(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { items: [...declared, ...left.map((row) => viewOf(undefined, row))] };
}

function viewOf(secret: SecretDefinition | undefined, row: SecretsRow | undefined): SecretView {
  const targets = row && row.targets.length > 0 ? row.targets : undefined;
  return {
    name: secret?.name ?? row?.name ?? "",
    state: stateOf(secret, row),
    description: secret?.description ?? "",
    required: secret?.required ?? false,
    autoGenerate: secret?.autoGenerate ?? false,
    hasDefault: secret?.default !== undefined,
    format: secret?.format ?? "",
    targets: targets?.map(({ namespace, name, key, change }) => ({ namespace, name, key, change })) ?? declaredTargets(secret),
    ...(secret?.displayName === undefined ? {} : { displayName: secret.displayName }),
    ...(row ? { source: row.source, checkedAt: row.checked_at.toISOString(), workflowId: row.workflow_id } : {}),
    ...(row?.address ? { address: row.address } : {}),
    ...(row?.problem ? { problem: row.problem } : {}),
    ...(row?.change ? { change: row.change } : {}),
    ...(row?.digest ? { digest: row.digest } : {}),
    ...(row?.synced_at ? { syncedAt: row.synced_at.toISOString() } : {}),
    ...(row?.changed_at ? { changedAt: row.changed_at.toISOString() } : {}),
  };
}

function stateOf(secret: SecretDefinition | undefined, row: SecretsRow | undefined): SecretView["state"] {
  if (!secret) return "left";
  if (!row) return "unknown";
  if (row.problem) return "failed";
  if (!row.found) return "missing";
  return row.synced_at ? "synced" : "found";
}

function declaredTargets(secret: SecretDefinition | undefined): SecretView["targets"] {
  return (secret?.kubernetesSyncTargets ?? []).flatMap(({ namespaces, name, key }) =>
    namespaces.map((namespace) => ({ namespace, name, key })),
  );
}
