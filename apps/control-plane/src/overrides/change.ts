import { isDeepStrictEqual } from "node:util";
import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { findInstall, findInstallConfig } from "../installs/queries.ts";
import { sealValues } from "../installs/sealed.ts";
import { startWorkflow } from "../workflows/start.ts";
import { checkOverrides } from "./check.ts";
import { changeOverrides, isEmpty, noOverrides, type Overrides, type OverridesChange } from "./contents.ts";
import { getOverrides, noComponent } from "./get.ts";
import { newestOverrides, openOverrides } from "./read.ts";
import type { OverridesView } from "./view.ts";

export type ChangeOverridesInput = {
  installId: string;
  component: string;
  /** Undefined takes all of them away. */
  change?: OverridesChange;
  /** Starts the deploy of the component. */
  deploy: boolean;
  planOnly: boolean;
  approveAll: boolean;
};

/**
 * Stores a new version of what is set over a component's config on one install. Nothing is deployed unless asked for.
 * @throws AppError `not_found` for a component that the config does not have, `unprocessable` for one that takes none, `invalid_inputs` for what can't be used
 */
export function updateOverrides(args: {
  ctx: Ctx;
  input: ChangeOverridesInput;
}): Promise<{ overrides: OverridesView; changed: boolean; workflowId?: string }> {
  const { installId, component: name, change, ...start } = args.input;
  return transact(args.ctx, async (ctx) => {
    const install = await findInstall(ctx, installId, "lock");
    const { config } = await findInstallConfig(ctx, installId);
    const component = config.components.find((each) => each.name === name);
    const [row] = await newestOverrides(ctx, { installId, component: name });
    // What was set while the config had the component can be taken away for ever after.
    if (!component && (!row || (change && adds(change)))) throw noComponent(install.name, name, config.components);
    const type = component?.type ?? row?.type ?? "helm_chart";
    const before = openOverrides(ctx, row);
    if (component && row && row.type !== type && !isEmpty(before) && change)
      throw new AppError(
        "unprocessable",
        `Component "${name}" was a ${row.type} when its overrides were set, and is a ${type} now: clear them first, then set new ones`,
        { component: name },
      );
    const unknown = change?.unset.find((key) => !Object.hasOwn(before.set, key));
    if (unknown !== undefined)
      throw new AppError(
        "invalid_inputs",
        `Override "${unknown}" of component "${name}" is not set, so it can't be unset. Set are: ${Object.keys(before.set).join(", ") || "none"}`,
        { component: name, key: unknown },
      );
    const after = change ? changeOverrides(before, change) : noOverrides;
    if (component) checkOverrides(component, after);

    const changed = !isDeepStrictEqual(before, after);
    if (changed) {
      const version = (row?.version ?? 0) + 1;
      const id = newId("override");
      await ctx.db
        .insertInto("component_overrides")
        .values({
          id,
          org_id: ctx.orgId,
          install_id: installId,
          component: name,
          version,
          type,
          values_enc: isEmpty(after) ? null : sealValues(ctx.system.vault, "overrides", id, after),
          created_by: ctx.actor,
          created_at: ctx.system.now(),
        })
        .execute();
      await recordEvent(ctx, {
        subjectKind: "install",
        subjectId: installId,
        event: "overrides_changed",
        installId,
        data: { component: name, version, ...changedKeys(before, after) },
      });
    }
    const started = start.deploy
      ? await startWorkflow({
          ctx,
          input: {
            installId,
            operation: { type: "deploy", components: [name], withDependents: false },
            planOnly: start.planOnly,
            approveAll: start.approveAll,
          },
        })
      : undefined;
    const overrides = await getOverrides({ ctx, input: { installId, component: name } });
    return { overrides, changed, ...(started ? { workflowId: started.workflowId } : {}) };
  });
}

function adds({ set, document }: OverridesChange): boolean {
  return Object.keys(set).length > 0 || typeof document === "string";
}

/** What a change was about: the keys, never their values. */
function changedKeys(before: Overrides, after: Overrides): { set: string[]; unset: string[]; document?: "set" | "unset" } {
  const set = Object.keys(after.set).filter((key) => before.set[key] !== after.set[key]);
  const unset = Object.keys(before.set).filter((key) => !Object.hasOwn(after.set, key));
  const document = after.document === undefined ? ("unset" as const) : ("set" as const);
  return { set, unset, ...(before.document === after.document ? {} : { document }) };
}
