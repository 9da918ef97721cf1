import type { Selectable } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import { openValues } from "./sealed.ts";

export type InputsRow = Selectable<Database["install_inputs"]>;

/** An install's newest inputs, with the sensitive ones opened. @throws AppError `not_found` */
export async function readInputs(
  ctx: Ctx,
  installId: string,
): Promise<{ row: InputsRow; values: Record<string, unknown>; sensitive: Record<string, unknown> }> {
  const row = await ctx.db
    .selectFrom("install_inputs")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", installId)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no install ${installId}`);
  const sensitive = openValues(ctx.system.vault, "inputs", row.id, row.sensitive_enc);
  return { row, values: { ...row.plain, ...sensitive }, sensitive };
}
