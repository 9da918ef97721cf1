import type { installSchema } from "@berth/api/contract/installs";
import type { z } from "zod";
import type { InstallRow } from "./queries.ts";

export type InstallView = z.input<typeof installSchema>;

/** An install as lists show it. */
export function installView(row: InstallRow): InstallView {
  return {
    id: row.id,
    name: row.name,
    appId: row.app_id,
    appConfigId: row.app_config_id,
    state: row.state,
    approveAll: row.approve_all,
    labels: row.labels,
    createdAt: row.created_at.toISOString(),
  };
}
