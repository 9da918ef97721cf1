import { isDeepStrictEqual } from "node:util";
import { transact, type Ctx } from "../context.ts";
import { syncDriftSchedules } from "../drift/schedules.ts";
import { recordEvent } from "../events/record.ts";
import { previewWorkflow, startWorkflow } from "../workflows/start.ts";
import { checkInputs } from "./check-inputs.ts";
import { findInstall, findInstallConfig } from "./queries.ts";
import { readInputs } from "./read-inputs.ts";
import { rebuildState } from "./rebuild-state.ts";
import { storeInputs } from "./store-inputs.ts";

export type UpdateInputsInput = {
  installId: string;
  /** Merged over the current values; `null` sets an input back to its default. */
  values: Record<string, unknown>;
  deploy: boolean;
  planOnly: boolean;
  approveAll: boolean;
};

/**
 * Stores a new version of an install's inputs and starts the redeployment of what the changed ones reach, where that stands.
 * @throws AppError `not_found`, `invalid_inputs`
 */
export function updateInputs(args: {
  ctx: Ctx;
  input: UpdateInputsInput;
}): Promise<{ version: number; changed: string[]; workflowId?: string }> {
  const { input } = args;
  return transact(args.ctx, async (ctx) => {
    const install = await findInstall(ctx, input.installId, "lock");
    const { config } = await findInstallConfig(ctx, install.id);
    const before = await readInputs(ctx, install.id);
    const known = new Set(config.inputs.inputs.map(({ name }) => name));
    // Values that an earlier config asked for don't stand in the way; what is given now is checked in full.
    const kept = Object.fromEntries(Object.entries(before.values).filter(([name]) => known.has(name)));
    const values = checkInputs({ config, given: { ...kept, ...input.values } });
    const after: Record<string, unknown> = { ...values.plain, ...values.sensitive };
    const names = new Set([...Object.keys(kept), ...Object.keys(after)]);
    const changed = [...names].filter((name) => !isDeepStrictEqual(before.values[name], after[name])).toSorted();
    if (changed.length === 0) return { version: before.row.version, changed };

    const version = before.row.version + 1;
    await storeInputs(ctx, { installId: install.id, version, values });
    await recordEvent(ctx, {
      subjectKind: "install",
      subjectId: install.id,
      event: "inputs_changed",
      installId: install.id,
      data: { version, changed },
    });
    await rebuildState(ctx, { installId: install.id, cause: `inputs ${changed.join(", ")}` });
    // A schedule may be one of them.
    if (install.state === "active") await syncDriftSchedules(ctx, install.id);
    const start = {
      installId: install.id,
      operation: { type: "input_update" as const, changed },
      planOnly: input.planOnly,
      approveAll: input.approveAll,
    };
    if (!input.deploy || (await previewWorkflow({ ctx, input: start })).length === 0) return { version, changed };
    const { workflowId } = await startWorkflow({ ctx, input: start });
    return { version, changed, workflowId };
  });
}
