import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

/** Components of a config that are turned off on an install: toggleable ones, as somebody set them or by their default. */
export async function disabledComponents(ctx: Ctx, input: { installId: string; config: AppConfig }): Promise<string[]> {
  const toggleable = input.config.components.filter((component) => component.toggleable);
  if (toggleable.length === 0) return [];
  const rows = await ctx.db
    .selectFrom("install_toggles")
    .select(["component", "enabled"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .execute();
  const set = new Map(rows.map(({ component, enabled }) => [component, enabled]));
  return toggleable.flatMap(({ name, defaultEnabled }) => ((set.get(name) ?? defaultEnabled) ? [] : [name]));
}

/** Keeps what is turned on and off from now on. */
export async function storeToggles(
  ctx: Ctx,
  input: { installId: string; enable: readonly string[]; disable: readonly string[] },
): Promise<void> {
  const { installId } = input;
  const changes = [
    ...input.enable.map((component) => ({ component, enabled: true })),
    ...input.disable.map((component) => ({ component, enabled: false })),
  ];
  for (const { component, enabled } of changes) {
    const values = { enabled, changed_by: ctx.actor, changed_at: ctx.system.now() };
    await ctx.db
      .insertInto("install_toggles")
      .values({ install_id: installId, org_id: ctx.orgId, component, ...values })
      .onConflict((conflict) => conflict.columns(["install_id", "component"]).doUpdateSet(values))
      .execute();
    await recordEvent(ctx, {
      subjectKind: "install",
      subjectId: installId,
      event: enabled ? "component_enabled" : "component_disabled",
      installId,
      data: { component },
    });
  }
}
