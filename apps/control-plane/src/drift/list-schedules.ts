import type { driftScheduleSchema } from "@berth/api/contract/drift";
import type { Selectable } from "kysely";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { findInstall } from "../installs/queries.ts";
import { never } from "./schedules.ts";

/** When the drift of an install's targets is looked for, by target. @throws AppError `not_found` */
export async function listDriftSchedules({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; cursor?: string | undefined; limit: number };
}) {
  const install = await findInstall(ctx, input.installId);
  const after = decodeCursor(input.cursor, ["string"]);
  const rows = await ctx.db
    .selectFrom("drift_schedules")
    .selectAll()
    .where("install_id", "=", install.id)
    .$if(after !== undefined, (query) => query.where("target", ">", after![0]))
    .orderBy("target")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.target], toItem: scheduleView });
}

function scheduleView(row: Selectable<Database["drift_schedules"]>): z.input<typeof driftScheduleSchema> {
  return {
    target: row.target,
    cron: row.cron,
    ...(row.next_tick_at.getTime() >= never.getTime() ? {} : { nextAt: row.next_tick_at.toISOString() }),
    ...(row.held === null ? {} : { held: row.held }),
    ...(row.last_check_id === null ? {} : { lastCheckId: row.last_check_id }),
  };
}
