import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { rebuildState } from "./rebuild-state.ts";
import { findInstall, type InstallRow } from "./queries.ts";

/** Sets and takes away labels; the others stay. @throws AppError `not_found` */
export function setLabels({
  ctx: outer,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; set: Record<string, string>; unset: string[] };
}): Promise<InstallRow> {
  return transact(outer, async (ctx) => {
    const row = await findInstall(ctx, input.installId, "lock");
    const labels = Object.fromEntries(Object.entries({ ...row.labels, ...input.set }).filter(([name]) => !input.unset.includes(name)));
    await ctx.db
      .updateTable("installs")
      .set({ labels: toJsonb(labels) })
      .where("id", "=", row.id)
      .execute();
    await recordEvent(ctx, { subjectKind: "install", subjectId: row.id, event: "labelled", installId: row.id, data: { labels } });
    await rebuildState(ctx, { installId: row.id, cause: "labels" });
    return { ...row, labels };
  });
}
