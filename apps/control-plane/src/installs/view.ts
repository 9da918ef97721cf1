import type { installSchema } from "@berth/api/contract/installs";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import type { InstallRow } from "./queries.ts";

export type InstallView = z.input<typeof installSchema>;

/** An install as lists show it. */
export function installView(row: InstallRow, ctx: Pick<Ctx, "onlyInstall"> = {}): InstallView {
  return {
    id: row.id,
    name: row.name,
    appId: row.app_id,
    appConfigId: row.app_config_id,
    state: row.state,
    approveAll: row.approve_all,
    // What the vendor sorts installs by is not the customer's to see.
    labels: ctx.onlyInstall === undefined ? row.labels : {},
    createdAt: row.created_at.toISOString(),
  };
}
