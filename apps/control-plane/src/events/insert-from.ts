import { sql, type RawBuilder } from "kysely";
import type { Ctx } from "../context.ts";
import type { EventInput } from "./record.ts";

/**
 * `insert into events …` for a statement that changes rows and records it in the same breath: one event for each row of a CTE that has
 * `id`, `org_id`, `install_id` and `workflow_id`. It returns `id`; {@link newsOf} tells what to say to live readers.
 * @param input.from the CTE's name
 * @param input.data SQL for a `jsonb` value; it may name the CTE's columns
 */
export function insertEventsFrom(
  ctx: Ctx,
  input: { from: string; subjectKind: EventInput["subjectKind"]; event: string; data: RawBuilder<unknown> },
): RawBuilder<unknown> {
  return sql`insert into events (org_id, install_id, workflow_id, subject_kind, subject_id, event, data, actor, at)
    select org_id, install_id, workflow_id, ${input.subjectKind}, id, ${input.event}, ${input.data}, ${ctx.actor}, ${ctx.system.now()}
    from ${sql.table(input.from)} returning id`;
}
