import type { Ctx } from "../context.ts";
import { findInstall } from "./queries.ts";
import { readInputs } from "./read-inputs.ts";

/** An install's inputs; of sensitive ones the names alone. @throws AppError `not_found` */
export async function getInputs({ ctx, input }: { ctx: Ctx; input: { installId: string } }) {
  await findInstall(ctx, input.installId);
  const { row, sensitive } = await readInputs(ctx, input.installId);
  return {
    version: row.version,
    values: row.plain,
    sensitive: Object.keys(sensitive),
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
  };
}
