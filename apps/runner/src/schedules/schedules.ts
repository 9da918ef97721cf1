import type { Logger } from "@berth/kit/log";
import type { SignedSchedules } from "@berth/protocol/schedules";
import type { Session } from "../connection/session.ts";
import { dueSchedules, scheduledOf, type NextTicks } from "./due.ts";
import type { KeptSet } from "./keep-set.ts";
import type { OfflineRuns } from "./offline-runs.ts";
import type { Reports } from "./reports.ts";

/** What the status shows of them. */
export type SchedulesStatus = {
  /** How many schedules go on without a link, probes counted as one, and until when. */
  count: number;
  expiresAt?: string;
  running: { action?: string; since: string }[];
  /** Runs and looks that the control plane does not know of yet. */
  waiting: number;
};

/** The schedules that live at the runner: while there is a link the control plane starts their runs, while there is none this does. */
export type Schedules = {
  onReady(session: Session): void;
  /** A set came over a session. */
  onSet(signed: SignedSchedules, session: Session): void;
  onReportAck(ids: readonly string[]): void;
  /** The control plane has sent this runner away: nothing is run in its name any more. */
  onSentAway(): void;
  status(): SchedulesStatus;
  /** No new runs. Those that run go on; the next start reports them. */
  stop(): Promise<void>;
};

const tickMs = 1000;

/** Starts the clock of them. */
export function startSchedules(input: {
  kept: KeptSet;
  runs: OfflineRuns;
  reports: Reports;
  logger: Logger;
  /** A schedule without a link is due this long after its time: a link that comes back by then has the control plane's own run. */
  waitMs: number;
  session: () => Session | undefined;
  /** Actions that run as a job just now; undefined stands for the probes. */
  busy: () => ReadonlySet<string | undefined>;
  /** Why nothing can be started now, if so. */
  obstacle: () => string | undefined;
}): Schedules {
  const { kept, runs, reports, logger } = input;
  let next: NextTicks = new Map();
  let stopped = false;
  runs.adopt();
  const timer = setInterval(tick, tickMs);

  function tick(): void {
    runs.tick();
    const now = new Date();
    const set = kept.current(now);
    const found = dueSchedules({ schedules: scheduledOf(set), next, now, waitMs: input.waitMs });
    next = found.next;
    if (stopped || input.session() || !set || found.due.length === 0) return;
    const running = new Set([...runs.running().map(({ action }) => action), ...input.busy()]);
    for (const due of found.due) {
      const { action } = due.schedule;
      // As everywhere: while the last run has not ended, a tick is let go.
      if (running.has(action)) continue;
      const obstacle = input.obstacle();
      if (obstacle !== undefined) logger.warn({ action, obstacle }, "a schedule is due and there is no link, but nothing can be started");
      else start(due, set.installId);
    }
  }

  function start(due: Parameters<OfflineRuns["start"]>[0], installId: string): void {
    try {
      runs.start(due, installId);
    } catch (error) {
      logger.error({ err: error, action: due.schedule.action }, "a scheduled run could not be started");
    }
  }

  return {
    onReady(session) {
      if (session.ready.scheduleKey !== undefined) reports.deliver(session);
    },
    onSet(signed, session) {
      const { scheduleKey: key } = session.ready;
      const refused = key === undefined ? "the session told no key" : kept.put(signed, key);
      if (refused !== undefined) logger.error({ refused }, "a set of schedules is not gone by");
    },
    onReportAck: (ids) => reports.onAck(ids),
    onSentAway: () => kept.forget(),
    status() {
      const set = kept.current(new Date());
      return {
        count: scheduledOf(set).length,
        ...(set ? { expiresAt: set.expiresAt } : {}),
        running: runs.running(),
        waiting: reports.waiting(),
      };
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await runs.release();
    },
  };
}
