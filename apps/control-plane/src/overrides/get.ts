import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { findInstall, findInstallConfig } from "../installs/queries.ts";
import { overriddenSince } from "./changed-since.ts";
import { newestOverrides } from "./read.ts";
import { overridesView, type OverridesView } from "./view.ts";

/** What is set over the components of an install, by component. @throws AppError `not_found` */
export async function listOverrides({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<OverridesView[]> {
  const { id: installId } = await findInstall(ctx, input.installId);
  const pending = await overriddenSince(ctx, installId);
  const rows = await newestOverrides(ctx, { installId });
  // One that was taken away counts until what stands is without it.
  return rows.filter((row) => row.values_enc !== null || pending.has(row.component)).map((row) => overridesView(ctx, row, pending));
}

/** What is set over one component of an install. @throws AppError `not_found` for an install or a component that is not there */
export async function getOverrides({ ctx, input }: { ctx: Ctx; input: { installId: string; component: string } }): Promise<OverridesView> {
  const { installId, component } = input;
  const install = await findInstall(ctx, installId);
  const [row] = await newestOverrides(ctx, { installId, component });
  if (row) return overridesView(ctx, row, await overriddenSince(ctx, installId));
  const { config } = await findInstallConfig(ctx, installId);
  if (!config.components.some(({ name }) => name === component)) throw noComponent(install.name, component, config.components);
  return { component, version: 0, set: {}, sensitive: [], hasDocument: false, pending: false };
}

/** Says what there is instead. */
export function noComponent(install: string, component: string, others: readonly { name: string }[]): AppError {
  const names = others.map(({ name }) => name).join(", ") || "none";
  return new AppError("not_found", `The app config of install "${install}" has no component "${component}". It has: ${names}`, {
    component,
  });
}
