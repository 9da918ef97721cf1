import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTerminalJobState, jobStatesAccepting, jobTransitions, nextJobState, type JobEvent, type JobState } from "./job-state.ts";

const states = Object.keys(jobTransitions) as JobState[];
const events: JobEvent[] = ["assign", "accept", "requeue", "succeed", "fail", "cancel", "time_out", "lose", "abandon"];

describe("job states", () => {
  it("the SQL guard and the table agree", () => {
    for (const event of events)
      for (const state of states) expect(jobStatesAccepting(event).includes(state)).toBe(nextJobState(state, event) !== undefined);
  });
  it("an ended job never moves again, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (sequence) => {
        let state: JobState = "queued";
        for (const event of sequence) {
          const next: JobState | undefined = nextJobState(state, event);
          expect(isTerminalJobState(state) && next !== undefined).toBe(false);
          state = next ?? state;
        }
      }),
    );
  });
  it("the end of a job that is assigned, running or lost is always accepted", () => {
    for (const event of ["succeed", "fail"] as const) expect(jobStatesAccepting(event)).toEqual(["assigned", "running", "lost"]);
  });
});
