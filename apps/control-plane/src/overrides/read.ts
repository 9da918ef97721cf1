import type { Selectable } from "kysely";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import { openValues } from "../installs/sealed.ts";
import { noOverrides, type Overrides } from "./contents.ts";

export type OverridesRow = Selectable<Database["component_overrides"]>;

// By name, so that the statement can be prepared.
const overridesColumns = ["id", "org_id", "install_id", "component", "type", "version", "values_enc", "created_by", "created_at"] as const;

/** The newest version of the overrides of one component, or of each that ever had some, by name. */
export function newestOverrides(ctx: Ctx, input: { installId: string; component?: string }): Promise<OverridesRow[]> {
  const { component } = input;
  return ctx.db
    .selectFrom("component_overrides")
    .select(overridesColumns)
    .distinctOn("component")
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .$if(component !== undefined, (query) => query.where("component", "=", component ?? ""))
    .orderBy("component")
    .orderBy("version", "desc")
    .execute();
}

/** What a version sets. */
export function openOverrides(ctx: Ctx, row: OverridesRow | undefined): Overrides {
  return row?.values_enc ? (openValues(ctx.system.vault, "overrides", row.id, row.values_enc) as Overrides) : noOverrides;
}

/** Names of an install's components that have overrides. */
export async function overriddenComponents(ctx: Ctx, installId: string): Promise<string[]> {
  return (await newestOverrides(ctx, { installId })).flatMap((row) => (row.values_enc === null ? [] : [row.component]));
}

/** On how many installs of an app each component has overrides, by its name. */
export async function countOverridden(ctx: Ctx, appId: string): Promise<Map<string, number>> {
  const newest = ctx.db
    .selectFrom("component_overrides")
    .innerJoin("installs", "installs.id", "component_overrides.install_id")
    .select(["component_overrides.component", "component_overrides.values_enc"])
    .distinctOn(["component_overrides.install_id", "component_overrides.component"])
    .where("component_overrides.org_id", "=", ctx.orgId)
    .where("installs.app_id", "=", appId)
    .where("installs.forgotten_at", "is", null)
    .orderBy("component_overrides.install_id")
    .orderBy("component_overrides.component")
    .orderBy("component_overrides.version", "desc");
  const rows = await ctx.db
    .selectFrom(newest.as("newest"))
    .select((eb) => ["component", eb.fn.countAll<string>().as("count")])
    .where("values_enc", "is not", null)
    .groupBy("component")
    .execute();
  return new Map(rows.map(({ component, count }) => [component, Number(count)]));
}
