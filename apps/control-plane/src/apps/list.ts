import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { selectApps } from "./queries.ts";
import { appView, type AppView } from "./view.ts";

/** The org's apps, newest first. */
export async function listApps({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { cursor?: string | undefined; limit: number };
}): Promise<{ items: AppView[]; next?: string }> {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const rows = await selectApps(ctx)
    .$if(after !== undefined, (query) =>
      query.where((eb) => eb(eb.refTuple("apps.created_at", "apps.id"), "<", eb.tuple(after![0], after![1]))),
    )
    .orderBy("apps.created_at", "desc")
    .orderBy("apps.id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: appView });
}
