import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";

/** A state version without its content. */
export type StateView = {
  id: string;
  installId: string;
  target: string;
  version: number;
  serial: number;
  lineage: string;
  jobId: string;
  digest: string;
  size: number;
  createdAt: string;
};

const columns = ["id", "install_id", "target", "version", "serial", "lineage", "job_id", "digest", "size", "created_at"] as const;
type StateRow = {
  id: string;
  install_id: string;
  target: string;
  version: number;
  serial: number;
  lineage: string;
  job_id: string;
  digest: string;
  size: number;
  created_at: Date;
};

function stateView(row: StateRow): StateView {
  const { install_id, job_id, created_at, ...rest } = row;
  return { ...rest, installId: install_id, jobId: job_id, createdAt: created_at.toISOString() };
}

/** The versions of an install's states, newest first. */
export async function listStates(
  ctx: Ctx,
  input: { installId: string; target?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: StateView[]; next?: string }> {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  let query = ctx.db
    .selectFrom("terraform_states")
    .select(columns)
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId);
  if (input.target !== undefined) query = query.where("target", "=", input.target);
  if (after) query = query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after[0], after[1])));
  const rows = await query
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: stateView });
}

/** @throws AppError `not_found` */
export async function getState(ctx: Ctx, input: { stateId: string }): Promise<StateView> {
  const row = await ctx.db
    .selectFrom("terraform_states")
    .select(columns)
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.stateId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no state version ${input.stateId}`);
  return stateView(row);
}
