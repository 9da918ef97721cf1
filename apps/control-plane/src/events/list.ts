import type { eventSchema } from "@berth/api/contract/events";
import type { Selectable } from "kysely";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";

export type EventView = z.input<typeof eventSchema>;

export function eventView(row: Selectable<Database["events"]>): EventView {
  return {
    id: row.id,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    event: row.event,
    data: row.data,
    actor: row.actor,
    at: row.at.toISOString(),
    ...(row.install_id === null ? {} : { installId: row.install_id }),
    ...(row.workflow_id === null ? {} : { workflowId: row.workflow_id }),
  };
}

/** Events of the org, newest first: the audit trail. */
export async function listEvents({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { cursor?: string | undefined; limit: number; installId?: string | undefined; workflowId?: string | undefined };
}) {
  const after = decodeCursor(input.cursor, ["number"]);
  const { installId, workflowId } = input;
  const rows = await ctx.db
    .selectFrom("events")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .$if(installId !== undefined, (query) => query.where("install_id", "=", installId ?? ""))
    .$if(workflowId !== undefined, (query) => query.where("workflow_id", "=", workflowId ?? ""))
    .$if(after !== undefined, (query) => query.where("id", "<", after![0]))
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.id], toItem: eventView });
}
