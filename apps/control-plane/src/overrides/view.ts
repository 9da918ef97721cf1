import type { overridesSchema } from "@berth/api/contract/overrides";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import { hideIn, looksSensitive } from "./looks-sensitive.ts";
import { openOverrides, type OverridesRow } from "./read.ts";

export type OverridesView = z.input<typeof overridesSchema>;

/** Overrides for people: values whose keys look sensitive are not shown. */
export function overridesView(ctx: Ctx, row: OverridesRow, pending: ReadonlySet<string>): OverridesView {
  const { set, document } = openOverrides(ctx, row);
  const sensitive = Object.keys(set).filter(looksSensitive);
  const shown = document === undefined ? undefined : hideIn(document);
  return {
    component: row.component,
    version: row.version,
    set: Object.fromEntries(Object.entries(set).filter(([key]) => !sensitive.includes(key))),
    sensitive,
    hasDocument: document !== undefined,
    ...(shown === undefined ? {} : { document: shown }),
    pending: pending.has(row.component),
    changedBy: row.created_by,
    changedAt: row.created_at.toISOString(),
  };
}
