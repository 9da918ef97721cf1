/**
 * The life of a job. A table, not ifs: code and SQL both read it.
 *
 *   queued ─assign▶ assigned ─accept▶ running ─succeed/fail/cancel/time_out▶ terminal
 *     ▲  ▲── requeue (no ack, rejected) ─┘     │
 *     └────── requeue (safe to repeat) ── lost ◀┘ lease expired; from lost the runner may also come back (accept) or report the end
 *
 * A report of the end is accepted in `assigned` too: the accept may have been lost while the job ran.
 */
export const jobTransitions = {
  queued: { assign: "assigned", cancel: "cancelled", time_out: "timed_out" },
  assigned: {
    accept: "running",
    requeue: "queued",
    succeed: "succeeded",
    fail: "failed",
    cancel: "cancelled",
    time_out: "timed_out",
    lose: "lost",
  },
  running: { succeed: "succeeded", fail: "failed", cancel: "cancelled", time_out: "timed_out", lose: "lost" },
  lost: {
    accept: "running",
    requeue: "queued",
    succeed: "succeeded",
    fail: "failed",
    cancel: "cancelled",
    time_out: "timed_out",
    abandon: "failed",
  },
  succeeded: {},
  failed: {},
  cancelled: {},
  timed_out: {},
} as const;

export type JobState = keyof typeof jobTransitions;
export type JobEvent = "assign" | "accept" | "requeue" | "succeed" | "fail" | "cancel" | "time_out" | "lose" | "abandon";

const table: Record<JobState, Partial<Record<JobEvent, JobState>>> = jobTransitions;
const states = Object.keys(jobTransitions) as JobState[];

/** The state that follows, or undefined where the event does not apply. */
export function nextJobState(state: JobState, event: JobEvent): JobState | undefined {
  return table[state][event];
}

/** The states in which an event applies: what a guarded UPDATE names. */
export function jobStatesAccepting(event: JobEvent): JobState[] {
  return states.filter((state) => table[state][event] !== undefined);
}

/** The states of a job that has not ended. */
export const openJobStates: readonly JobState[] = states.filter((state) => !isTerminalJobState(state));

/** True where no event applies any more. */
export function isTerminalJobState(state: JobState): boolean {
  return Object.keys(table[state]).length === 0;
}
