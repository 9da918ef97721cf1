import { ApiError, type ApiClient } from "@berth/api/client";
import { planHeader } from "@berth/plan/header";
import type { PlanObject } from "@berth/plan/model";
import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import type { Step, Workflow } from "../resolve/workflow.ts";
import { parseDecision } from "./ask-decision.ts";
import { watchWorkflow, type WatchInput } from "./watch-workflow.ts";

const shown = (objects: PlanObject[]) => ({ ...planHeader({ kind: "terraform", objects }), objects });

type Decided = { approvalId: string; decision: string; digest: string };

/** A control plane of one workflow that a test moves by hand. */
function scripted(plan: unknown = shown([])) {
  let workflow = { id: "wfl1", state: "running", steps: [] as Step[] } as unknown as Workflow;
  const decided: Decided[] = [];
  let onDecide: (decision: Decided) => void = () => {};
  let push: () => void = () => {};
  const call = (name: string, input: { params: { approvalId: string }; body: { decision: string; digest: string } }): Promise<unknown> => {
    if (name === "workflows.get") return Promise.resolve(structuredClone(workflow));
    if (name === "plans.display") return Promise.resolve(plan);
    const decision = { approvalId: input.params.approvalId, ...input.body };
    decided.push(decision);
    onDecide(decision);
    return Promise.resolve({});
  };
  async function* stream(_name: string, input: { signal: AbortSignal }): AsyncGenerator<object> {
    for (;;) {
      await new Promise<void>((resolve, reject) => {
        push = resolve;
        input.signal.addEventListener("abort", () => reject(input.signal.reason as Error));
      });
      yield {};
    }
  }
  return {
    client: { call, stream } as unknown as ApiClient,
    decided,
    decides: (listener: typeof onDecide) => void (onDecide = listener),
    set(state: Workflow["state"], ...steps: Partial<Step>[]) {
      workflow = {
        ...workflow,
        state,
        steps: steps.map((step, index) => ({ id: `stp${index}`, index, key: `s${index}`, attempt: 1, ...step }) as Step),
      };
      push();
    },
  };
}

const digest = "sha256:1";
const plan = { digest, hasChanges: true, create: 1, update: 0, replace: 0, delete: 0, outputsChanged: [] };
const waits = (approvalId: string): Partial<Step> => ({
  state: "awaiting_approval",
  approvalId,
  planId: `pln-${approvalId}`,
  plan,
  target: "component:db",
});

function watch(server: ReturnType<typeof scripted>, decide?: WatchInput["decide"]) {
  const out: string[] = [];
  const done = watchWorkflow({
    client: server.client,
    workflowId: "wfl1",
    colors: createColors(false),
    write: (text) => void out.push(text),
    ...(decide ? { decide } : {}),
  });
  return { done, text: () => out.join("") };
}

describe("watching a workflow", () => {
  it("prints each step once per change and ends with the workflow", async () => {
    const server = scripted();
    server.set("running", { state: "running" }, { state: "pending" });
    const { done, text } = watch(server);
    await expect.poll(text).toContain("… s0");
    server.set("running", { state: "succeeded" }, { state: "running" });
    await expect.poll(text).toContain("✓ s0");
    server.set(
      "failed",
      { state: "succeeded" },
      { state: "failed", failure: { reason: "terraform_failed", detail: "Error: no\n\nat main.tf" } },
    );
    expect((await done).state).toBe("failed");
    expect(text()).toBe(
      ["… s0", "✓ s0  ", "… s1", "✗ s1  failed    terraform_failed\n      Error: no\n      \n      at main.tf", ""].join("\n"),
    );
  });

  it("shows each plan, asks, and decides by its digest", async () => {
    const server = scripted(shown([{ address: "thing.a", group: "objects", action: "create", type: "thing", after: { x: 1 } }]));
    server.set("awaiting_approval", waits("apr1"), waits("apr2"));
    const asked: string[] = [];
    server.decides(({ approvalId }) => {
      if (approvalId === "apr1") server.set("awaiting_approval", { state: "succeeded" }, waits("apr2"));
      else server.set("succeeded", { state: "succeeded" }, { state: "succeeded" });
    });
    const { done, text } = watch(server, (step) => {
      asked.push(step.approvalId!);
      return Promise.resolve(asked.length === 1 ? "approve" : "deny");
    });
    await done;
    expect(asked).toEqual(["apr1", "apr2"]);
    expect(server.decided).toEqual([
      { approvalId: "apr1", decision: "approve", digest },
      { approvalId: "apr2", decision: "deny", digest },
    ]);
    expect(text()).toContain("+ thing.a will be created");
  });

  it("withdraws a question that somebody else has answered, and holds other lines until then", async () => {
    const server = scripted();
    server.set("awaiting_approval", waits("apr1"), { state: "running" });
    let question: AbortSignal | undefined;
    const { done, text } = watch(server, (_, signal) => {
      question = signal;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    });
    await expect.poll(() => question).toBeDefined();
    server.set("awaiting_approval", waits("apr1"), { state: "succeeded" });
    server.set("running", { state: "succeeded" }, { state: "succeeded" });
    await expect.poll(() => question?.aborted).toBe(true);
    server.set("succeeded", { state: "succeeded" }, { state: "succeeded" });
    await done;
    expect(text()).toContain("s0 was decided elsewhere.");
    expect(text().indexOf("✓ s1")).toBeGreaterThan(text().indexOf("waits for a decision"));
    expect(server.decided).toEqual([]);
  });

  it("tells the commands where nobody can be asked", async () => {
    const server = scripted();
    server.set("awaiting_approval", waits("apr1"));
    const { done, text } = watch(server);
    await expect.poll(text).toContain("berth workflows approve wfl1 --step s0");
    server.set("cancelled", { state: "cancelled" });
    await done;
  });

  it("goes on when a decision came too late, and fails when it may not decide at all", async () => {
    const conflict = (status: number) =>
      new ApiError({ type: "t", title: "t", code: "approval_stale", status, detail: "The plan changed" });
    const late = scripted();
    late.set("awaiting_approval", waits("apr1"));
    late.decides(() => {
      late.set("succeeded", { state: "succeeded" });
      throw conflict(409);
    });
    const { done, text } = watch(late, () => Promise.resolve("approve"));
    await done;
    expect(text()).toContain("The plan changed");
    const forbidden = scripted();
    forbidden.set("awaiting_approval", waits("apr1"));
    forbidden.decides(() => {
      throw conflict(403);
    });
    await expect(watch(forbidden, () => Promise.resolve("approve")).done).rejects.toMatchObject({ status: 403 });
  });
});

describe("an answer", () => {
  it.each([
    ["approve", "approve"],
    [" Y ", "approve"],
    ["approve all", "approve_all"],
    ["approve-all", "approve_all"],
    ["DENY", "deny"],
    ["no", "deny"],
    ["", undefined],
    ["perhaps", undefined],
  ])("%j means %s", (text, decision) => {
    expect(parseDecision(text)).toBe(decision);
  });
});
