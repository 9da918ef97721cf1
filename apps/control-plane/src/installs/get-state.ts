import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { diffTrees } from "./diff-trees.ts";
import { findInstall } from "./queries.ts";

/** A version of an install's state; the newest where none is named. @throws AppError `not_found` */
export async function getState({ ctx, input }: { ctx: Ctx; input: { installId: string; version?: number | undefined } }) {
  await findInstall(ctx, input.installId);
  const { version } = input;
  const row = await ctx.db
    .selectFrom("install_states")
    .selectAll()
    .where("install_id", "=", input.installId)
    .$if(version !== undefined, (query) => query.where("version", "=", version ?? 0))
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `Install ${input.installId} has no state version ${version ?? "yet"}`);
  return { version: row.version, digest: row.digest, cause: row.cause, createdAt: row.created_at.toISOString(), content: row.content };
}

/** What changed between two versions; from the one before to the newest where none are named. @throws AppError `not_found` */
export async function diffState({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; from?: number | undefined; to?: number | undefined };
}) {
  const { installId } = input;
  const to = await getState({ ctx, input: { installId, version: input.to } });
  const from = input.from ?? to.version - 1;
  const before = from === 0 ? { version: 0, content: {} } : await getState({ ctx, input: { installId, version: from } });
  return { from: before.version, to: to.version, cause: to.cause, differences: diffTrees(before.content, to.content) };
}

/** The versions of an install's state, newest first. @throws AppError `not_found` */
export async function listStateVersions({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; cursor?: string | undefined; limit: number };
}) {
  await findInstall(ctx, input.installId);
  const after = decodeCursor(input.cursor, ["number"]);
  const rows = await ctx.db
    .selectFrom("install_states")
    .select(["version", "digest", "cause", "created_at"])
    .where("install_id", "=", input.installId)
    .$if(after !== undefined, (query) => query.where("version", "<", after![0]))
    .orderBy("version", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({
    rows,
    limit: input.limit,
    keysOf: (row) => [row.version],
    toItem: (row) => ({ version: row.version, digest: row.digest, cause: row.cause, createdAt: row.created_at.toISOString() }),
  });
}
