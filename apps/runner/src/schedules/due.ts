import { nextTick } from "@berth/protocol/cron";
import { scheduleKey, type ScheduledAction, type ScheduledProbes, type ScheduleSet } from "@berth/protocol/schedules";

/** What runs by itself: an action, or the install's probes. */
export type Scheduled = ScheduledAction | (ScheduledProbes & { action?: undefined });

/** All that a set has. */
export function scheduledOf(set: ScheduleSet | undefined): Scheduled[] {
  return [...(set?.schedules ?? []), ...(set?.probes ? [set.probes] : [])];
}

/** Names one in files and maps; probes have no action. */
function keyOf({ action = "", cron }: Scheduled): string {
  return scheduleKey({ action, cron });
}

/** When each schedule is due next, by its key. */
export type NextTicks = ReadonlyMap<string, Date>;

/** A schedule whose time came, and when that was. */
export type DueSchedule = { schedule: Scheduled; dueAt: Date };

const dayMs = 24 * 3600 * 1000;

/**
 * Which schedules were due at least `waitMs` ago, and when each is due next. However many ticks of one were missed, the last one makes up for all. A schedule
 * that is new is due from now on. Pure.
 */
export function dueSchedules(input: { schedules: readonly Scheduled[]; next: NextTicks; now: Date; waitMs: number }): {
  due: DueSchedule[];
  next: NextTicks;
} {
  const until = new Date(input.now.getTime() - input.waitMs);
  const due: DueSchedule[] = [];
  const next = new Map<string, Date>();
  for (const schedule of input.schedules) {
    const key = keyOf(schedule);
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
