import type { AppConfig } from "@berth/toml-schema/app-config";
import type { BuildView } from "../builds/view.ts";
import type { ResolvedSource } from "../db/schema.ts";
import type { ConfigRow } from "./queries.ts";

export type ConfigSummary = { id: string; appId: string; version: number; checksum: string; createdBy: string; createdAt: string };

/** A version with what it consists of. */
export type ConfigDetail = ConfigSummary & {
  config: AppConfig;
  targets: { target: string; checksum: string; source?: ResolvedSource; build?: BuildView }[];
};

export function configSummary(row: Omit<ConfigRow, "org_id" | "config" | "sources">): ConfigSummary {
  return {
    id: row.id,
    appId: row.app_id,
    version: row.version,
    checksum: row.checksum,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
  };
}
