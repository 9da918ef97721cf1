import type { installDetailSchema } from "@berth/api/contract/installs";
import type { z } from "zod";
import { installHealth } from "../health/get-install.ts";
import type { Ctx } from "../context.ts";
import { findConfigById } from "../configs/find-by-id.ts";
import { overriddenComponents } from "../overrides/read.ts";
import { findInstall } from "./queries.ts";
import { openValues } from "./sealed.ts";
import { disabledComponents } from "./toggles.ts";
import { installView } from "./view.ts";

export type InstallDetail = z.input<typeof installDetailSchema>;

/** An install: what stands, its health, its runners and what is under way. @throws AppError `not_found` */
export async function getInstall({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<InstallDetail> {
  const install = await findInstall(ctx, input.installId);
  const targets = await ctx.db.selectFrom("install_targets").selectAll().where("install_id", "=", install.id).orderBy("target").execute();
  const runners = await ctx.db
    .selectFrom("runners")
    .select(["id", "name", "state", "version", "capabilities", "last_seen_at"])
    .where("install_id", "=", install.id)
    .orderBy("created_at")
    .execute();
  const workflows = await ctx.db
    .selectFrom("workflows")
    .select(["id", "operation", "state", "waiting"])
    .where("install_id", "=", install.id)
    .where("state", "in", ["queued", "running", "awaiting_approval"])
    .orderBy("created_at")
    .limit(100)
    .execute();
  return {
    ...installView(install, ctx),
    targets: targets.map((row) => ({
      target: row.target,
      state: row.state,
      outputs: row.outputs,
      sensitiveOutputs: Object.keys(openValues(ctx.system.vault, "target", `${install.id}:${row.target}`, row.sensitive_enc)),
      updatedAt: row.updated_at.toISOString(),
      ...(row.build_id === null ? {} : { buildId: row.build_id }),
    })),
    disabled: await disabledComponents(ctx, { installId: install.id, config: await findConfigById(ctx, install.app_config_id) }),
    overridden: await overriddenComponents(ctx, install.id),
    health: await installHealth({ ctx, input: { installId: install.id } }),
    runners: runners.map((row) => ({
      id: row.id,
      name: row.name,
      state: row.state,
      ...(row.version === null ? {} : { version: row.version }),
      ...(row.capabilities === null ? {} : { tools: row.capabilities.tools }),
      ...(row.last_seen_at ? { lastSeenAt: row.last_seen_at.toISOString() } : {}),
    })),
    workflows: workflows.map(({ waiting, ...row }) => (waiting ? { ...row, waiting } : row)),
  };
}
