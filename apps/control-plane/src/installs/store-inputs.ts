import { newId } from "@berth/kit/ids";
import type { Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import type { CheckedInputs } from "./check-inputs.ts";
import { sealValues } from "./sealed.ts";

/** Stores a version of an install's inputs; sensitive ones encrypted. */
export async function storeInputs(ctx: Ctx, input: { installId: string; version: number; values: CheckedInputs }): Promise<void> {
  const id = newId("install");
  await ctx.db
    .insertInto("install_inputs")
    .values({
      id,
      org_id: ctx.orgId,
      install_id: input.installId,
      version: input.version,
      plain: toJsonb(input.values.plain),
      sensitive_enc: sealValues(ctx.system.vault, "inputs", id, input.values.sensitive),
      created_by: ctx.actor,
      created_at: ctx.system.now(),
    })
    .execute();
}
