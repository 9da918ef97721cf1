import { createHash } from "node:crypto";
import type { Queue } from "bullmq";
import type { System } from "../context.ts";
import type { QueuePayloads } from "./names.ts";

/** Keeps BullMQ's job schedulers in step with the rows of `action_schedules`: the rows are the truth, the schedulers ring the bell. */
export type Schedulers = {
  /** Adds what is missing and removes what is gone; costs two questions when nothing changed, and finds out by itself that Redis was emptied. */
  reconcile(): Promise<{ added: number; removed: number }>;
};

export function createSchedulers({ system, queue }: { system: System; queue: Queue }): Schedulers {
  /** Ids that were there when we last looked. */
  let known = new Set<string>();

  return {
    async reconcile() {
      const rows = await system.db.selectFrom("action_schedules").select(["install_id", "action", "cron"]).execute();
      const wanted = new Map(rows.map((row) => [schedulerId(row), { installId: row.install_id, action: row.action, cron: row.cron }]));
      if ((await queue.getJobSchedulersCount()) !== known.size) {
        known = new Set((await queue.getJobSchedulers()).map(({ key }) => key));
      }
      const missing = [...wanted].filter(([id]) => !known.has(id));
      const gone = [...known].filter((id) => !wanted.has(id));
      for (const [id, data] of missing) {
        await queue.upsertJobScheduler(
          id,
          { pattern: data.cron, tz: "UTC" },
          { name: "schedule-tick", data: data satisfies QueuePayloads["schedule-tick"] },
        );
        known.add(id);
      }
      for (const id of gone) {
        await queue.removeJobScheduler(id);
        known.delete(id);
      }
      return { added: missing.length, removed: gone.length };
    },
  };
}

/** No `:` in it, whatever the action's name. */
function schedulerId(row: { install_id: string; action: string; cron: string }): string {
  return `${row.install_id}-${createHash("sha256").update(`${row.action}\0${row.cron}`).digest("hex").slice(0, 16)}`;
}
