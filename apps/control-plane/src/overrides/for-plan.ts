import type { Failure } from "@berth/protocol/job-result";
import type { Component } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import type { Renderer } from "../workflows/render-text.ts";
import { isEmpty, noOverrides, type Overrides } from "./contents.ts";
import { newestOverrides, openOverrides } from "./read.ts";

/**
 * What goes over a component's config in a plan that is made now, and its version; null where none was ever set.
 * @param input.standing the plan is of what stands, as it was made: to remove it, or to look at it
 */
export async function overridesForPlan(
  ctx: Ctx,
  input: { installId: string; component: Component | undefined; standing: boolean },
): Promise<{ overrides: Overrides; version: number | null } | { failure: Failure }> {
  const { installId, component, standing } = input;
  const [row] = component ? await newestOverrides(ctx, { installId, component: component.name }) : [];
  const overrides = openOverrides(ctx, row);
  if (!component || !row || isEmpty(overrides)) return { overrides: noOverrides, version: row?.version ?? null };
  if (row.type === component.type) return { overrides, version: row.version };
  // What stands was made without them.
  if (standing) return { overrides: noOverrides, version: null };
  const detail = `The overrides of component "${component.name}" were set when it was a ${row.type}; it is a ${component.type} now. Clear them with berth installs overrides <install> ${component.name} --clear`;
  return { failure: { reason: "spec_invalid", detail } };
}

/** Overrides with their templates rendered. */
export function renderOverrides(render: Renderer, { set, document }: Overrides): Overrides {
  return {
    set: render.map(set, "override"),
    ...(document === undefined ? {} : { document: render.text(document, "the document of overrides") }),
  };
}
