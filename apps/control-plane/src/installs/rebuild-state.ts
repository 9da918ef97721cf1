import { digestOf } from "@berth/kit/digest";
import { newId } from "@berth/kit/ids";
import { send, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { findInstallConfig } from "./queries.ts";
import { loadTree } from "./load-tree.ts";
import { lasting } from "./state-tree.ts";

/**
 * Stores a new version of an install's state when its content changed, with marks in the place of sensitive values. Call it in the transaction that changed something,
 * which holds the install's row: versions are counted.
 * @returns the version that is current now
 */
export async function rebuildState(ctx: Ctx, input: { installId: string; cause: string }): Promise<number> {
  const { config } = await findInstallConfig(ctx, input.installId, "lock");
  const [{ marked }, last] = await Promise.all([
    loadTree(ctx, { installId: input.installId, config }),
    ctx.db
      .selectFrom("install_states")
      .select(["version", "digest"])
      .where("install_id", "=", input.installId)
      .orderBy("version", "desc")
      .limit(1)
      .executeTakeFirst(),
  ]);
  const content = lasting(marked);
  const digest = digestOf(content);
  if (last?.digest === digest) return last.version;
  const version = (last?.version ?? 0) + 1;
  const next = ctx.db.insertInto("install_states").values({
    id: newId("state"),
    org_id: ctx.orgId,
    install_id: input.installId,
    version,
    digest,
    content: toJsonb(content),
    cause: input.cause,
    created_at: ctx.system.now(),
  });
  await send(ctx, next);
  await recordEvent(ctx, {
    subjectKind: "state",
    subjectId: input.installId,
    event: "changed",
    installId: input.installId,
    data: { version, cause: input.cause },
  });
  return version;
}
