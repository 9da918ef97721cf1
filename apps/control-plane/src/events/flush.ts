import type { AfterCommit, Ctx } from "../context.ts";

/** An event that waits for the end of its transaction. */
export type PendingEvent = {
  org_id: string;
  install_id: string | null;
  workflow_id: string | null;
  subject_kind: string;
  subject_id: string;
  event: string;
  data: string;
  actor: string;
  at: Date;
};

/** Writes a transaction's events in one statement, in the order in which they happened. @returns what to tell live readers, once per workflow and install */
export async function flushEvents(db: Ctx["db"], events: readonly PendingEvent[]): Promise<AfterCommit[]> {
  if (events.length === 0) return [];
  const ids = await db
    .insertInto("events")
    .values([...events])
    .returning("id")
    .execute();
  return newsOf(events.map((event, index) => ({ ...event, id: ids[index]?.id ?? 0 })));
}

/** What live readers are told of events that were written: one message per workflow and install, with the newest event's id. */
export function newsOf(events: readonly (Pick<PendingEvent, "org_id" | "workflow_id" | "install_id"> & { id: number })[]): AfterCommit[] {
  const messages = new Map<string, AfterCommit>();
  for (const { id, org_id: orgId, workflow_id: workflowId, install_id: installId } of events) {
    messages.set(`${orgId} ${workflowId} ${installId}`, {
      kind: "publish",
      topic: "events",
      data: {
        orgId,
        eventId: id,
        ...(workflowId === null ? {} : { workflowId }),
        ...(installId === null ? {} : { installId }),
      },
    });
  }
  return [...messages.values()];
}
