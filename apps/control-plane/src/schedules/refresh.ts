import { sql } from "kysely";
import { messageOf } from "@berth/kit/errors";
import type { Session } from "../gateway/session.ts";
import type { System } from "../context.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import { issueSchedules, scheduleRenewMs } from "./issue.ts";

/** What a session's runner was told last: what of the install it was made of, and when, in ms. */
export type ToldSchedules = { madeOf: string; at: number };

/** What of a session matters here. */
export type ScheduledSession = Pick<Session, "runner" | "schedules" | "send">;

/** Sends the runners of these sessions their schedules where they have changed, or get old. One question for all of them. */
export async function refreshSchedules(system: System, sessions: readonly ScheduledSession[]): Promise<void> {
  const byInstall = Map.groupBy(sessions, (session) => session.runner?.installId ?? "");
  const { rows } = await sql<{ id: string; made_of: string }>`
    select i.id, concat_ws(' ', i.app_config_id, i.state,
        (select max(s.version) from install_states s where s.install_id = i.id),
        (select count(*) from action_schedules a where a.install_id = i.id),
        (select count(*) from probe_schedules p where p.install_id = i.id)) as made_of
      from installs i where i.id = any(${[...byInstall.keys()]})`.execute(system.db);
  const now = system.now().getTime();
  for (const { id, made_of: madeOf } of rows) {
    for (const session of byInstall.get(id) ?? []) {
      const { runner, schedules: told } = session;
      if (!runner || (told?.madeOf === madeOf && now - told.at < scheduleRenewMs)) continue;
      try {
        const signed = await issueSchedules(runnerCtx(system, runner), runner);
        if (session.send({ type: "schedules.set", ...signed })) session.schedules = { madeOf, at: now };
      } catch (error) {
        // The runner keeps what it has; the next round tries again.
        system.logger.error({ err: messageOf(error), installId: id }, "the schedules of an install could not be made for its runner");
      }
    }
  }
}
