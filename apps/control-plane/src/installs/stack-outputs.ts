import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { findInstall } from "./queries.ts";
import { rebuildState } from "./rebuild-state.ts";

type Outputs = Record<string, unknown>;

/** Made from the install's inputs, for templates that read them among the stack's outputs. */
const made = "install_inputs";
/** An install's stack can put out so many values at most. */
const most = 500;

/** What the stack in the customer's account has put out, as the install knows it. @throws AppError `not_found` */
export async function getStackOutputs({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<{ outputs: Outputs }> {
  return { outputs: (await findInstall(ctx, input.installId)).stack_outputs };
}

/** Sets and takes away outputs of the stack; the others stay. @throws AppError `not_found`; `unprocessable` for one that is not to be set, or for too many */
export async function updateStackOutputs({
  ctx: outer,
  input: { installId, set, unset },
}: {
  ctx: Ctx;
  input: { installId: string; set: Outputs; unset: readonly string[] };
}): Promise<{ outputs: Outputs }> {
  if (Object.hasOwn(set, made))
    throw new AppError("unprocessable", `"${made}" is made from the install's inputs: set those with berth installs update-inputs`);
  return transact(outer, async (ctx) => {
    const install = await findInstall(ctx, installId, "lock");
    const outputs = Object.fromEntries(Object.entries({ ...install.stack_outputs, ...set }).filter(([name]) => !unset.includes(name)));
    if (Object.keys(outputs).length > most)
      throw new AppError("unprocessable", `A stack has at most ${most} outputs; these would be ${Object.keys(outputs).length}`);
    await ctx.db
      .updateTable("installs")
      .set({ stack_outputs: toJsonb(outputs) })
      .where("id", "=", install.id)
      .execute();
    await recordEvent(ctx, {
      subjectKind: "install",
      subjectId: install.id,
      event: "stack_outputs_changed",
      installId: install.id,
      data: { set: Object.keys(set), unset },
    });
    await rebuildState(ctx, { installId: install.id, cause: "stack outputs" });
    return { outputs };
  });
}
