import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiClient } from "@berth/api/client";
import type { Io } from "../io.ts";
import { safeText } from "../output/safe-text.ts";
import { renderPlan } from "../plan/render-plan.ts";
import type { Step, Workflow } from "../resolve/workflow.ts";
import type { Decision } from "./ask-decision.ts";
import { loadPlan } from "./load-plan.ts";
import { stepLine } from "./step-line.ts";

export type WatchInput = {
  client: ApiClient;
  workflowId: string;
  write(text: string): void;
  colors: Io["colors"];
  /** Columns of the terminal, where there is one. */
  width?: number;
  /**
   * Asked at each plan that waits, one after another, after it was shown. Undefined leaves the decision to others, as does leaving this out.
   * `signal` aborts when somebody else has decided.
   */
  decide?: (step: Step, signal: AbortSignal) => Promise<Decision | undefined>;
  signal?: AbortSignal;
};

const ended = new Set(["succeeded", "failed", "cancelled"]);

/**
 * Follows a workflow to its end: prints each step as it changes, shows every plan that waits, and decides as it is told.
 * @returns the workflow as it ended
 * @throws ApiError, UnreachableError; the signal's reason
 */
export async function watchWorkflow(input: WatchInput): Promise<Workflow> {
  const { client, workflowId, colors } = input;
  const events = new Wakeups();
  const stop = new AbortController();
  const signal = input.signal ? AbortSignal.any([input.signal, stop.signal]) : stop.signal;
  const printed = new Map<string, string>();
  const offered = new Set<string>();
  /** The question under way. Lines that come meanwhile wait, so that they do not break into it. */
  let asking: { stepId: string; approvalId: string; over: AbortController; done: Promise<void> } | undefined;
  const held: string[] = [];
  const print = (line: string): void => void (asking ? held.push(line) : input.write(`${line}\n`));

  const following = follow();
  // Looked at when the loop has ended; an early failure must not count as unhandled until then.
  following.catch(() => {});
  try {
    for (;;) {
      const workflow = await client.call("workflows.get", { params: { workflowId }, signal });
      for (const step of workflow.steps) report(step);
      if (asking && !workflow.steps.some((step) => step.approvalId === asking?.approvalId && step.state === "awaiting_approval"))
        asking.over.abort();
      if (ended.has(workflow.state)) {
        await asking?.done;
        return workflow;
      }
      const next = workflow.steps.find((step) => step.state === "awaiting_approval" && step.approvalId && !offered.has(step.approvalId));
      if (next && !asking) await offer(next);
      await Promise.race([events.next(), following]);
    }
  } finally {
    asking?.over.abort();
    stop.abort();
    await following.catch(() => {});
  }

  async function follow(): Promise<void> {
    const onRetry = (): void => print(colors.dim("The connection to the control plane was lost; trying again."));
    for (;;) {
      for await (const _event of client.stream("workflows.events", { params: { workflowId }, signal, onRetry })) events.wake();
      // The server ends the stream when the workflow has ended, which the next look shows.
      events.wake();
      await sleep(1000, undefined, { signal });
    }
  }

  function report(step: Step): void {
    const line = stepLine(step, colors);
    if (line === undefined || printed.get(step.id) === line) return;
    printed.set(step.id, line);
    print(line);
  }

  async function offer(step: Step): Promise<void> {
    const approvalId = step.approvalId as string;
    offered.add(approvalId);
    const plan = step.planId === undefined ? undefined : await loadPlan(client, step.planId, signal);
    if (plan !== undefined)
      input.write(
        `\n${colors.bold(safeText(step.target ?? step.key))}\n${renderPlan({ plan, color: colors.isColorSupported, ...(input.width === undefined ? {} : { width: input.width }) })}\n`,
      );
    if (!input.decide) {
      print(howToDecide(step));
      return;
    }
    const over = new AbortController();
    const done = ask(step, approvalId, input.decide, AbortSignal.any([over.signal, signal])).finally(() => {
      asking = undefined;
      for (const line of held.splice(0)) print(line);
      events.wake();
    });
    asking = { stepId: step.id, approvalId, over, done };
  }

  async function ask(step: Step, approvalId: string, decide: NonNullable<WatchInput["decide"]>, aborted: AbortSignal): Promise<void> {
    try {
      const decision = await decide(step, aborted);
      if (decision === undefined) return void held.push(howToDecide(step));
      const digest = step.plan?.digest ?? "";
      await client.call("approvals.decide", { params: { approvalId }, body: { decision, digest }, signal });
    } catch (error) {
      if (aborted.aborted) held.push(colors.dim(`\n${safeText(step.key)} was decided elsewhere.`));
      // Another plan may be the current one by now: it is shown and asked for in its turn.
      else if (error instanceof ApiError && error.status === 409) held.push(`${colors.yellow("!")} ${safeText(error.message)}`);
      else events.fail(error);
    }
  }

  function howToDecide(step: Step): string {
    const name = `${workflowId} --step ${step.key}`;
    return colors.dim(`  decide with: berth workflows approve ${name}    or: berth workflows deny ${name}`);
  }
}

/** Any number of wake-ups between two looks count as one. */
class Wakeups {
  #pending = false;
  #error: unknown;
  #failed = false;
  #wake: (() => void) | undefined;

  wake(): void {
    this.#pending = true;
    this.#wake?.();
  }
  fail(error: unknown): void {
    this.#failed = true;
    this.#error = error;
    this.wake();
  }
  async next(): Promise<void> {
    if (!this.#pending) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#pending = false;
    this.#wake = undefined;
    if (this.#failed) throw this.#error;
  }
}
