import type { SecretReport, SecretSource } from "@berth/protocol/specs/secrets";
import type { SecretDefinition } from "@berth/toml-schema/config/inputs";
import type { Fields } from "../workflows/outputs-at.ts";
import { toldAddress } from "./places.ts";

/** A row of what is known of a secret, as the query for the state tree reads it. */
export type SecretRow = {
  name: string;
  source: SecretSource;
  address: string | null;
  found: boolean;
  length: number | null;
  changed_at: string | null;
  targets: SecretReport["targets"];
};

/** What the state tree tells of a secret: that it is there and where, never its value. */
export type SecretFacts = {
  name: string;
  address?: string;
  exists: boolean;
  length: number;
  changedAt?: string;
  target?: { namespace: string; name: string; key: string };
};

/** Puts what a config says of its secrets together with what syncs have found out. */
export function factsOfSecrets(secrets: readonly SecretDefinition[], rows: readonly SecretRow[]): SecretFacts[] {
  return secrets.map(({ name, kubernetesSyncTargets: [declared] }) => {
    const row = rows.find((each) => each.name === name);
    const target = row?.targets[0] ?? (declared && { namespace: declared.namespaces[0] ?? "", name: declared.name, key: declared.key });
    return {
      name,
      exists: row?.found ?? false,
      length: row?.length ?? 0,
      // A file's path is of use on the runner's machine alone.
      ...(row?.address && row.source !== "directory" ? { address: row.address } : {}),
      ...(row?.changed_at ? { changedAt: new Date(row.changed_at).toISOString() } : {}),
      ...(target ? { target: { namespace: target.namespace, name: target.name, key: target.key } } : {}),
    };
  });
}

/** What `.nuon.secrets` is. The address is known before the first sync where an output of the stack or the sandbox in `tree` tells it. */
export function secretsTree(secrets: readonly SecretFacts[], tree: Fields): Record<string, unknown> {
  return Object.fromEntries(
    secrets.map(({ name, address, exists, length, changedAt, target }) => {
      const arn = address ?? toldAddress(tree, name)?.text ?? "";
      return [
        name,
        {
          name,
          id: arn,
          arn,
          exists,
          timestamp: changedAt ?? "",
          length,
          kubernetes_namespace: target?.namespace ?? "",
          kubernetes_name: target?.name ?? "",
          kubernetes_key: target?.key ?? "",
          kubernetes_secret_namespace: target?.namespace ?? "",
          kubernetes_secret_name: target?.name ?? "",
        },
      ];
    }),
  );
}
