import type { BuildState } from "../db/schema.ts";

/**
 * The life of a build. A build that ended stays as it is: trying again makes a new one.
 *
 *   queued ─start▶ running ─succeed/fail/cancel▶ succeeded | failed | cancelled
 *     ▲              │  ▲└─ take_over: its builder's lease expired, another goes on with the next attempt
 *     └── release ───┘  (the builder shuts down)
 */
export const buildTransitions = {
  queued: { start: "running", cancel: "cancelled" },
  running: { take_over: "running", release: "queued", succeed: "succeeded", fail: "failed", cancel: "cancelled" },
  succeeded: {},
  failed: {},
  cancelled: {},
} as const satisfies Record<BuildState, Partial<Record<string, BuildState>>>;

export type BuildEvent = "start" | "take_over" | "release" | "succeed" | "fail" | "cancel";

const table: Record<BuildState, Partial<Record<BuildEvent, BuildState>>> = buildTransitions;
const states: readonly BuildState[] = ["queued", "running", "succeeded", "failed", "cancelled"];

/** The state that follows, or undefined where the event does not apply. */
export function nextBuildState(state: BuildState, event: BuildEvent): BuildState | undefined {
  return table[state][event];
}

/** The states in which an event applies: what a guarded UPDATE names. */
export function buildStatesAccepting(event: BuildEvent): BuildState[] {
  return states.filter((state) => table[state][event] !== undefined);
}

/** True where no event applies any more. */
export function isTerminalBuildState(state: BuildState): boolean {
  return Object.keys(table[state]).length === 0;
}
