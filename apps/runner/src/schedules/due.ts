import { nextTick } from "@berth/protocol/cron";
import { scheduleKey, type ScheduledAction } from "@berth/protocol/schedules";

/** When each schedule is due next, by its key. */
export type NextTicks = ReadonlyMap<string, Date>;

/** A schedule whose time came, and when that was. */
export type DueSchedule = { schedule: ScheduledAction; dueAt: Date };

const dayMs = 24 * 3600 * 1000;

/**
 * Which schedules were due at least `waitMs` ago, and when each is due next. However many ticks of one were missed, the last one makes up for all. A schedule
 * that is new is due from now on. Pure.
 */
export function dueSchedules(input: { schedules: readonly ScheduledAction[]; next: NextTicks; now: Date; waitMs: number }): {
  due: DueSchedule[];
  next: NextTicks;
} {
  const until = new Date(input.now.getTime() - input.waitMs);
  const due: DueSchedule[] = [];
  const next = new Map<string, Date>();
  for (const schedule of input.schedules) {
    const key = scheduleKey(schedule);
    let at = input.next.get(key) ?? nextTick(schedule.cron, input.now);
    if (at && at <= until) {
      const dueAt = lastTick(schedule.cron, at, until);
      due.push({ schedule, dueAt });
      at = nextTick(schedule.cron, dueAt);
    }
    if (at) next.set(key, at);
  }
  return { due, next };
}

/** The last tick not after `until`, of which `from` is one. */
function lastTick(cron: string, from: Date, until: Date): Date {
  let last = from;
  // A machine that slept for weeks is not to go through all their minutes.
  const recent = nextTick(cron, new Date(until.getTime() - dayMs));
  if (recent && recent > last && recent <= until) last = recent;
  for (;;) {
    const later = nextTick(cron, last);
    if (!later || later > until) return last;
    last = later;
  }
}
