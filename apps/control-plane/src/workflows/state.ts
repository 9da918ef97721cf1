import type { ApprovalState, InstallState, StepState, WorkflowState } from "../db/schema.ts";

/**
 * The lives of a workflow, its steps, their approvals and the install. Tables, not ifs: code and guarded updates both read them.
 *
 *   workflow  queued ─start▶ running ⇄ awaiting_approval ─▶ succeeded | failed | cancelled ;  failed ─reopen▶ queued
 *   step      pending ─start▶ running ─await▶ awaiting_approval ─approve▶ succeeded | ─deny▶ denied ;  running ─▶ succeeded | failed | cancelled
 *             failed, denied ─retry▶ pending ;  failed ─skip▶ skipped ;  a plan that can't be applied any more: replan ─▶ pending
 *   approval  pending ─▶ approved | denied | superseded | expired
 *   install   created ─▶ provisioning ─▶ active | error ─▶ deprovisioning ─▶ deprovisioned
 */
export type Machine<State extends string, Event extends string> = {
  /** The state that follows, or undefined where the event does not apply. */
  next(state: State, event: Event): State | undefined;
  /** The states in which an event applies: what a guarded update names. */
  statesAccepting(event: Event): State[];
  /** True where no event applies any more. */
  isTerminal(state: State): boolean;
  states: readonly State[];
};

export type WorkflowEvent = "start" | "await" | "resume" | "succeed" | "fail" | "cancel" | "reopen";

export const workflowMachine = machine<WorkflowState, WorkflowEvent>({
  queued: { start: "running", cancel: "cancelled" },
  running: { await: "awaiting_approval", succeed: "succeeded", fail: "failed", cancel: "cancelled" },
  awaiting_approval: { resume: "running", succeed: "succeeded", fail: "failed", cancel: "cancelled" },
  succeeded: {},
  failed: { reopen: "queued" },
  cancelled: {},
});

export type StepEvent =
  | "start"
  | "await"
  | "approve"
  | "deny"
  | "succeed"
  | "fail"
  | "skip"
  | "cancel"
  /** The workflow ends before it: it never ran, or what it planned won't be applied. */
  | "drop"
  | "retry"
  /** It ran well, but its result can't be used any more: run it again. */
  | "replan"
  | "reopen";

export const stepMachine = machine<StepState, StepEvent>({
  pending: { start: "running", succeed: "succeeded", fail: "failed", skip: "skipped", drop: "not_attempted" },
  running: { await: "awaiting_approval", succeed: "succeeded", fail: "failed", cancel: "cancelled", replan: "pending" },
  awaiting_approval: {
    approve: "succeeded",
    deny: "denied",
    skip: "skipped",
    replan: "pending",
    cancel: "cancelled",
    drop: "not_attempted",
  },
  succeeded: { replan: "pending" },
  failed: { retry: "pending", skip: "skipped" },
  denied: { retry: "pending" },
  skipped: {},
  not_attempted: { reopen: "pending" },
  cancelled: {},
});

export type ApprovalEvent = "approve" | "deny" | "supersede" | "expire";

export const approvalMachine = machine<ApprovalState, ApprovalEvent>({
  pending: { approve: "approved", deny: "denied", supersede: "superseded", expire: "expired" },
  approved: {},
  denied: {},
  superseded: {},
  expired: {},
});

export type InstallEvent = "provision" | "provisioned" | "deprovision" | "deprovisioned" | "fail" | "recover";

export const installMachine = machine<InstallState, InstallEvent>({
  created: { provision: "provisioning", deprovision: "deprovisioning" },
  provisioning: { provisioned: "active", fail: "error" },
  active: { provision: "provisioning", deprovision: "deprovisioning" },
  error: { provision: "provisioning", deprovision: "deprovisioning", recover: "active" },
  deprovisioning: { deprovisioned: "deprovisioned", fail: "error" },
  deprovisioned: { provision: "provisioning", deprovision: "deprovisioning" },
});

/** A step whose dependents may start. */
export function isDone(state: StepState): boolean {
  return state === "succeeded" || state === "skipped";
}

function machine<State extends string, Event extends string>(
  table: Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>>,
): Machine<State, Event> {
  const states = Object.keys(table) as State[];
  return {
    states,
    next: (state, event) => table[state][event],
    statesAccepting: (event) => states.filter((state) => table[state][event] !== undefined),
    isTerminal: (state) => Object.keys(table[state]).length === 0,
  };
}
