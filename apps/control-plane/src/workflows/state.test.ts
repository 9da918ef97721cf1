import { describe, expect, it } from "vitest";
import { approvalMachine, installMachine, isDone, stepMachine, workflowMachine, type Machine } from "./state.ts";

const machines: [string, Machine<string, string>, string, string[]][] = [
  ["workflow", workflowMachine as Machine<string, string>, "queued", ["start", "await", "resume", "succeed", "fail", "cancel", "reopen"]],
  [
    "step",
    stepMachine as Machine<string, string>,
    "pending",
    ["start", "await", "approve", "deny", "succeed", "fail", "skip", "cancel", "drop", "retry", "replan", "reopen"],
  ],
  ["approval", approvalMachine as Machine<string, string>, "pending", ["approve", "deny", "supersede", "expire"]],
  [
    "install",
    installMachine as Machine<string, string>,
    "created",
    ["provision", "provisioned", "deprovision", "deprovisioned", "fail", "recover"],
  ],
];

describe.each(machines)("the %s table", (_name, machine, initial, events) => {
  it("accepts an event in exactly the states that have a next one, so that code and SQL agree", () => {
    for (const event of events) {
      for (const state of machine.states) {
        expect(machine.statesAccepting(event).includes(state)).toBe(machine.next(state, event) !== undefined);
      }
      expect(machine.statesAccepting(event).length).toBeGreaterThan(0);
    }
  });

  it("only leads to states it knows, and every state can be reached", () => {
    const reached = new Set([initial]);
    for (const state of reached)
      for (const event of events) for (const next of [machine.next(state, event)]) if (next !== undefined) reached.add(next);
    expect([...reached].toSorted()).toEqual([...machine.states].toSorted());
  });

  it("stays where it is once it has ended", () => {
    const ends = machine.states.filter((state) => machine.isTerminal(state));
    expect(ends.flatMap((state) => events.filter((event) => machine.next(state, event) !== undefined))).toEqual([]);
  });
});

it("only succeeded and skipped steps let others start", () => {
  expect(stepMachine.states.filter((state) => isDone(state))).toEqual(["succeeded", "skipped"]);
});
