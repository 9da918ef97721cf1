import * as fc from "fast-check";
import type { Failure, PlanSummary } from "@berth/protocol/job-result";
import { jobKinds } from "@berth/protocol/job-spec";
import { describe, expect, it } from "vitest";
import { explain } from "./explain.ts";
import { generate, type GeneratedStep, type Operation } from "./generate.ts";
import { isDone } from "./state.ts";
import { arbitraryFacts, arbitraryOperation, factsOf, type SmallApp } from "./testing/arbitrary-app.ts";
import { World, type WorldJob } from "./testing/world.ts";
import { whatRunnerLacks } from "./what-runner-lacks.ts";

const twoBranches: SmallApp = { needs: { a: [], b: ["a"], x: [] }, reads: {}, sandboxReads: [] };
const boom: Failure = { reason: "terraform_failed", detail: "Error: no such region" };

function world(operation: Operation = { type: "provision" }, app = twoBranches, planOnly = false): World {
  const generated = generate(operation, factsOf(app), planOnly);
  if ("refused" in generated) throw new Error(generated.refused.message);
  const made = new World(generated.steps, { planOnly, operation: operation.type });
  made.advance();
  return made;
}

function plan(of: World, hasChanges = true): PlanSummary {
  return { digest: of.digest(), size: 1, hasChanges, create: hasChanges ? 1 : 0, update: 0, replace: 0, delete: 0, outputsChanged: [] };
}

function job(of: World, stepKey: string): WorldJob {
  const found = of.openJobs().find((each) => each.stepKey === stepKey);
  if (!found)
    throw new Error(
      `${stepKey} has no open job; open are ${of
        .openJobs()
        .map((each) => each.stepKey)
        .join(", ")}`,
    );
  return found;
}

function finish(of: World, stepKey: string, failure?: Failure): void {
  const open = job(of, stepKey);
  if (failure) of.endJob(open, "failed", { failure });
  else of.endJob(open, "succeeded", stepKey.includes("/plan") ? { plan: plan(of) } : {});
  of.advance();
}

function approve(of: World, stepKey: string): void {
  const waiting = of.pendingApprovals().find(({ step }) => step.key === stepKey);
  if (!waiting) throw new Error(`${stepKey} awaits no approval`);
  of.answer(waiting.step, "approved");
  of.advance();
}

const state = (of: World, stepKey: string): string | undefined => of.steps.find((step) => step.key === stepKey)?.state;

function throughSandbox(of: World): void {
  finish(of, "sandbox/plan");
  approve(of, "sandbox/plan");
  finish(of, "sandbox/apply");
}

describe("a workflow", () => {
  it("waits for the approval of each plan, runs independent components side by side and ends", () => {
    const of = world();
    finish(of, "sandbox/plan");
    expect(of.state).toBe("awaiting_approval");
    expect(of.openJobs()).toEqual([]);
    approve(of, "sandbox/plan");
    expect(of.state).toBe("running");
    finish(of, "sandbox/apply");
    expect(of.openJobs().map((open) => open.stepKey)).toEqual(["component:a/plan", "component:x/plan"]);
    for (const name of ["a", "x", "b"]) {
      finish(of, `component:${name}/plan`);
      approve(of, `component:${name}/plan`);
      finish(of, `component:${name}/apply`);
    }
    expect(of.state).toBe("succeeded");
    expect(of.broken).toEqual([]);
    expect(Object.fromEntries(of.targets)).toEqual({
      sandbox: "active",
      "component:a": "active",
      "component:b": "active",
      "component:x": "active",
    });
  });

  it("asks nobody for a plan without changes and skips its apply, saying so", () => {
    const of = world({ type: "provision" }, { needs: {}, reads: {}, sandboxReads: [] });
    of.endJob(job(of, "sandbox/plan"), "succeeded", { plan: plan(of, false) });
    const effects = of.advance();
    expect(effects).toContainEqual({ do: "move_step", stepId: "step1", event: "skip", note: "The plan has no changes" });
    expect(of.state).toBe("succeeded");
    expect(of.targets.get("sandbox")).toBe("active");
  });

  it("approves by itself under approve-all of the workflow or the install, and records the digest", () => {
    for (const flag of ["approveAll", "installApproveAll"] as const) {
      const of = world();
      of[flag] = true;
      finish(of, "sandbox/plan");
      expect(of.openJobs().map((open) => open.stepKey)).toEqual(["sandbox/apply"]);
      expect(of.approved.size).toBe(1);
    }
  });

  it("takes approve-all that was switched on while a plan waited", () => {
    const of = world();
    finish(of, "sandbox/plan");
    of.approveAll = true;
    expect(of.advance().map((effect) => effect.do)).toContain("auto_approve");
    expect(job(of, "sandbox/apply").planDigest).toBe([...of.approved][0]);
  });

  it("ends when a plan is denied: nothing more starts", () => {
    const of = world();
    throughSandbox(of);
    finish(of, "component:a/plan");
    finish(of, "component:x/plan");
    const waiting = of.pendingApprovals().find(({ step }) => step.key === "component:a/plan");
    of.answer(waiting!.step, "denied");
    of.advance();
    expect(of.state).toBe("failed");
    expect(state(of, "component:a/plan")).toBe("denied");
    expect(state(of, "component:x/apply")).toBe("not_attempted");
    expect(of.pendingApprovals()).toEqual([]);
  });

  it("that failed lets the branch that has begun end, starts no other, and quotes the failure", () => {
    const of = world();
    throughSandbox(of);
    finish(of, "component:x/plan");
    finish(of, "component:a/plan", boom);
    expect(of.state).toBe("awaiting_approval");
    approve(of, "component:x/plan");
    expect(job(of, "component:x/apply").state).toBe("queued");
    of.endJob(job(of, "component:x/apply"), "succeeded");
    expect(of.advance().at(-1)).toEqual({
      do: "move_workflow",
      event: "fail",
      failure: { reason: "terraform_failed", detail: "component:a/plan: Error: no such region" },
    });
    expect(state(of, "component:b/plan")).toBe("not_attempted");
  });

  it("goes on after the failed step was retried; an apply is planned and approved again", () => {
    const of = world();
    throughSandbox(of);
    finish(of, "component:x/plan", boom);
    finish(of, "component:a/plan");
    approve(of, "component:a/plan");
    finish(of, "component:a/apply", boom);
    expect(of.state).toBe("failed");
    expect(of.targets.get("component:a")).toBe("error");
    of.retry(of.steps.find((step) => step.key === "component:a/apply")!.id);
    of.advance();
    expect(state(of, "component:a/plan")).toBe("running");
    finish(of, "component:a/plan");
    expect(of.pendingApprovals()).toHaveLength(1);
    approve(of, "component:a/plan");
    finish(of, "component:a/apply");
    expect(of.state).toBe("failed");
    of.retry(of.steps.find((step) => step.key === "component:x/plan")!.id);
    of.approveAll = true;
    of.advance();
    for (const key of ["component:x/plan", "component:x/apply", "component:b/plan", "component:b/apply"]) finish(of, key);
    expect(of.state).toBe("succeeded");
    expect(of.broken).toEqual([]);
  });

  it("goes on without a failed component that was skipped, but never without its sandbox", () => {
    const of = world();
    finish(of, "sandbox/plan", boom);
    of.skip("step0");
    of.advance();
    expect(state(of, "sandbox/plan")).toBe("failed");
    of.retry("step0");
    of.advance();
    throughSandbox(of);
    of.approveAll = true;
    for (const key of ["component:x/plan", "component:x/apply"]) finish(of, key);
    finish(of, "component:a/plan", boom);
    of.skip(of.steps.find((step) => step.key === "component:a/plan")!.id);
    of.advance();
    expect(state(of, "component:a/apply")).toBe("skipped");
    finish(of, "component:b/plan");
    finish(of, "component:b/apply");
    expect(of.state).toBe("succeeded");
  });

  it("plans again and asks again when the plan went stale before it was applied", () => {
    const of = world();
    finish(of, "sandbox/plan");
    approve(of, "sandbox/plan");
    const first = job(of, "sandbox/apply").planDigest;
    finish(of, "sandbox/apply", { reason: "plan_stale", detail: "The state moved to serial 7" });
    expect(of.targets.has("sandbox")).toBe(false);
    finish(of, "sandbox/plan");
    expect(of.state).toBe("awaiting_approval");
    approve(of, "sandbox/plan");
    expect(job(of, "sandbox/apply").planDigest).not.toBe(first);
  });

  it("gives up on a target whose plans are stale time and again", () => {
    const of = world();
    of.approveAll = true;
    for (let round = 0; round < 5; round++) {
      finish(of, "sandbox/plan");
      finish(of, "sandbox/apply", { reason: "plan_stale", detail: "moved" });
    }
    expect(of.state).toBe("failed");
  });

  it("that is cancelled stops its jobs and ends when they have ended", () => {
    const of = world();
    throughSandbox(of);
    of.endJob(job(of, "component:x/plan"), "succeeded", { plan: plan(of) });
    of.advance();
    job(of, "component:a/plan").state = "running";
    of.cancelRequested = true;
    of.advance();
    expect(of.state).toBe("running");
    expect(job(of, "component:a/plan").cancelRequested).toBe(true);
    of.endJob(job(of, "component:a/plan"), "cancelled", { failure: { reason: "cancelled", detail: "" } });
    of.advance();
    expect(of.state).toBe("cancelled");
    expect(of.steps.filter((step) => step.key.startsWith("component:")).map((step) => step.state)).toEqual([
      "cancelled",
      "not_attempted",
      "cancelled",
      "not_attempted",
      "not_attempted",
      "not_attempted",
    ]);
  });

  it("that was cancelled while it queued never starts", () => {
    const generated = generate({ type: "provision" }, factsOf(twoBranches), false);
    const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "provision" });
    of.cancelRequested = true;
    of.advance();
    expect(of.state).toBe("cancelled");
    expect(of.jobs.size).toBe(0);
  });
});

describe("what holds a step up", () => {
  it("a build that runs is waited for; one that failed fails the step, quoted", () => {
    const generated = generate({ type: "provision" }, factsOf(twoBranches), false);
    const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "provision" });
    of.builds.set("sandbox", { id: "bld1", state: "running", createdAt: "2030-01-01T00:00:00.000Z" });
    of.advance();
    expect(of.state).toBe("running");
    expect(of.jobs.size).toBe(0);
    expect(explain(of.facts()).workflow).toMatchObject({ reason: "build_pending", waitsFor: "bld1" });
    of.builds.set("sandbox", {
      id: "bld1",
      state: "failed",
      createdAt: "",
      failure: { reason: "source_unavailable", detail: "no such branch" },
    });
    of.advance();
    expect(of.state).toBe("failed");
    expect(of.steps[0]?.failure?.detail).toMatch(/no such branch/);
  });

  it("a target that another workflow writes, and a missing runner, are waited for", () => {
    const generated = generate({ type: "provision" }, factsOf(twoBranches), false);
    const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "provision" });
    of.busy = { sandbox: { jobId: "job9", workflowId: "wfl9", since: "2029-01-01T00:00:00.000Z" } };
    of.runner = undefined;
    of.advance();
    expect(of.jobs.size).toBe(0);
    expect(explain(of.facts()).workflow?.reason).toBe("target_busy");
    of.busy = {};
    of.advance();
    expect(explain(of.facts()).workflow?.reason).toBe("no_runner");
    of.runner = { id: "run1", state: "offline", draining: false, lastSeenAt: "2029-12-31T00:00:00.000Z" };
    of.advance();
    expect(of.openJobs()).toHaveLength(1);
    expect(explain(of.facts()).workflow).toMatchObject({ reason: "runner_offline", since: "2029-12-31T00:00:00.000Z" });
  });

  it("a job whose runner was cut off is waited for until the deadline, and then a person is told the way out", () => {
    const of = world();
    const open = job(of, "sandbox/plan");
    Object.assign(open, { state: "lost", lost: { since: "2029-12-31T23:59:00.000Z", deadline: "2030-01-01T00:09:00.000Z" } });
    expect(explain(of.facts()).workflow).toMatchObject({
      reason: "runner_lost",
      deadline: "2030-01-01T00:09:00.000Z",
      next: expect.stringContaining("may still be at it") as string,
    });
    const later = { ...of.facts(), now: "2030-01-01T00:10:00.000Z" };
    expect(explain(later).workflow?.next).toMatch(/cancel job .* and retry the step/);
  });

  it("everything that doesn't run says why", () => {
    const of = world();
    finish(of, "sandbox/plan");
    const why = explain(of.facts());
    expect(why.workflow?.reason).toBe("approval");
    expect(of.steps.map((step) => why.steps.get(step.id)?.reason)).toEqual(["approval", ...Array.from({ length: 7 }, () => "steps_ahead")]);
  });
});

type Choice = { what: number; which: number };

function policiesOf(which: number): World["settings"]["policies"] {
  return which % 2 === 0 ? [{ type: "no_deletes" }] : [{ type: "no_replaces" }, { type: "no_deletes" }];
}

/** Who votes: two people, one of them with two voices, and who started the workflow. */
const people = [{ identity: "ada" }, { identity: "bob" }, { identity: "ada" }, { identity: "cid", starter: true }];

/** Makes one thing happen to the world, chosen by two numbers. */
function happen(of: World, choice: Choice): void {
  const pick = <T>(list: readonly T[]): T | undefined => list[choice.which % Math.max(1, list.length)];
  const open = pick(of.openJobs());
  const failed = pick(of.steps.filter((step) => step.state === "failed" || step.state === "denied"));
  const asked = pick(of.pendingApprovals());
  const target = pick(of.steps.flatMap((step) => step.target ?? []));
  switch (choice.what) {
    case 0:
    case 1:
    case 2:
      if (open)
        of.endJob(
          open,
          "succeeded",
          open.stepKey.includes("/plan")
            ? { plan: { ...plan(of, choice.which % 4 !== 0), delete: choice.which % 3, replace: choice.which % 2 } }
            : {},
        );
      break;
    case 3:
      if (open)
        of.endJob(open, choice.which % 2 ? "failed" : "timed_out", {
          failure: open.writes && choice.which % 3 === 0 ? { reason: "plan_stale", detail: "" } : boom,
        });
      break;
    case 4:
    case 5:
      if (asked) of.answer(asked.step, "approved");
      break;
    case 6:
      if (asked) of.answer(asked.step, "denied");
      break;
    case 7:
      if (failed) of.retry(failed.id);
      break;
    case 8:
      if (failed) of.skip(failed.id);
      break;
    case 9:
      if (open) open.state = "running";
      break;
    case 10:
      if (choice.which % 5 === 0) of.cancelRequested = true;
      break;
    case 11:
      of.approveAll = choice.which % 2 === 0;
      break;
    case 12:
      if (asked) of.answer(asked.step, "denied", choice.which % 2 === 0 ? "skip" : "skip_dependents");
      break;
    case 13:
    case 14:
      if (asked && choice.which % 2 === 0) of.vote(asked.step, "vendor", people[choice.which % people.length]);
      else if (asked) of.vote(asked.step, "customer");
      break;
    case 15:
      if (open) of.endJob(open, "failed", { failure: { reason: "registry_unavailable", detail: "503" } });
      break;
    case 16:
      of.settings = { ...of.settings, twoPerson: choice.which % 3 === 0, customerApproval: choice.which % 2 === 0 };
      break;
    case 17:
      of.now = new Date(Date.parse(of.now) + choice.which * 4000).toISOString();
      break;
    case 18:
      if (asked) of.replan(asked.step);
      break;
    case 19:
      of.busy = target === undefined || choice.which % 3 === 0 ? {} : { [target]: { jobId: "job0", workflowId: "wfl0", since: of.now } };
      break;
    case 20:
      of.runner = choice.which % 2 === 0 ? { id: "run1", state: "online", draining: false } : undefined;
      break;
    case 21:
      of.settings = { ...of.settings, policies: policiesOf(choice.which) };
      break;
    default:
      if (open?.state === "running") open.state = "lost";
  }
}

describe("the copy of an image", () => {
  const app: SmallApp = { needs: { img: [], web: ["img"] }, reads: {}, sandboxReads: [] };
  const started = (): World => {
    const generated = generate({ type: "provision" }, factsOf(app, { types: { img: "container_image", web: "helm_chart" } }), false);
    if ("refused" in generated) throw new Error(generated.refused.message);
    const of = new World(generated.steps, { planOnly: false, operation: "provision" });
    of.advance();
    throughSandbox(of);
    return of;
  };

  it("asks nobody, tells what became of its target and lets what needs it start", () => {
    const of = started();
    const before = of.pendingApprovals().length;
    finish(of, "component:img/sync");
    expect(of.pendingApprovals()).toHaveLength(before);
    expect(of.targets.get("component:img")).toBe("active");
    expect(state(of, "component:web/plan")).toBe("running");
  });

  it("that fails before it changes what stands leaves the target's state alone; another end does not", () => {
    const of = started();
    finish(of, "component:img/sync", { reason: "copy_failed", detail: "the registry does not answer" });
    expect(of.targets.has("component:img")).toBe(false);
    expect(of.state).toBe("failed");
    of.retry(of.steps.find((step) => step.key === "component:img/sync")?.id ?? "");
    of.advance();
    finish(of, "component:img/sync", { reason: "internal", detail: "" });
    expect(of.targets.get("component:img")).toBe("error");
  });
});

describe("a runner that lacks a tool", () => {
  it("fails the step before any job is queued, and a retry looks at what the runner has by then", () => {
    const facts = factsOf({ needs: { web: [] }, reads: {}, sandboxReads: [] }, { types: { web: "helm_chart" } });
    const generated = generate({ type: "provision" }, facts, false);
    const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "provision" });
    const kinds = Object.keys(jobKinds);
    of.runner = { id: "run1", state: "online", draining: false, can: { kinds, tools: { helm: "3.19.0" } } };
    of.advance();
    throughSandbox(of);
    expect(state(of, "component:web/plan")).toBe("failed");
    expect(of.openJobs()).toEqual([]);
    expect(of.steps.find((step) => step.key === "component:web/plan")?.failure).toMatchObject({
      reason: "tool_missing",
      detail: expect.stringMatching(/needs kubectl, and runner run1 has helm 3\.19\.0\..*BERTH_KUBECTL_PATH.*retry this step/) as string,
    });
    of.runner = { ...of.runner, can: { kinds, tools: { helm: "3.19.0", kubectl: "1.34.0" } } };
    of.retry(of.steps.find((step) => step.key === "component:web/plan")?.id ?? "");
    of.advance();
    expect(state(of, "component:web/plan")).toBe("running");
  });

  it("is not asked for what no step needs, and one that has never connected is not judged", () => {
    const step = { key: "component:web/plan", kind: "component.plan" as const, params: { family: "helm" as const } };
    const runner = { id: "run1", state: "offline" as const, draining: false };
    expect(whatRunnerLacks(step, runner)).toBeUndefined();
    expect(whatRunnerLacks(step, undefined)).toBeUndefined();
    expect(whatRunnerLacks(step, { ...runner, can: { kinds: ["terraform.plan"], tools: {} } })).toMatch(
      /job of kind helm\.plan, which runner run1 does not know: it can do terraform\.plan\. Update the runner/,
    );
    const can = { kinds: Object.keys(jobKinds), tools: {} };
    expect(whatRunnerLacks({ ...step, params: {} }, { ...runner, can })).toBeUndefined();
    expect(whatRunnerLacks({ ...step, kind: "component.sync", params: { family: "image" } }, { ...runner, can })).toBeUndefined();
  });
});

const stepIn = (of: World, key: string) => {
  const found = of.steps.find((step) => step.key === key);
  if (!found) throw new Error(`no step ${key}`);
  return found;
};
const steps = (of: World): Record<string, string> => Object.fromEntries(of.steps.map(({ key, state: now }) => [key, now]));

describe("a denial that lets the rest go on", () => {
  const chain: SmallApp = { needs: { db: [], api: ["db"], web: ["api"], other: [] }, reads: {}, sandboxReads: [] };

  function denied(denial: "skip" | "skip_dependents"): World {
    const of = world({ type: "provision" }, chain);
    throughSandbox(of);
    finish(of, "component:db/plan");
    of.answer(stepIn(of, "component:db/plan"), "denied", denial);
    of.advance();
    return of;
  }

  it("leaves the component as it is; what depends on it goes on where that was asked for", () => {
    const of = denied("skip");
    expect(steps(of)).toMatchObject({ "component:db/plan": "skipped", "component:db/apply": "skipped", "component:api/plan": "running" });
  });

  it("or is left out with everything on top of it, and the others are deployed", () => {
    const of = denied("skip_dependents");
    expect(steps(of)).toMatchObject({
      "component:db/apply": "skipped",
      "component:api/plan": "skipped",
      "component:web/apply": "skipped",
      "component:other/plan": "running",
    });
    finish(of, "component:other/plan");
    approve(of, "component:other/plan");
    finish(of, "component:other/apply");
    expect(of.state).toBe("succeeded");
    expect(of.broken).toEqual([]);
  });

  it("of a removal keeps what the component stands on, too", () => {
    const targets = Object.fromEntries(["sandbox", "component:db", "component:api"].map((name) => [name, "active" as const]));
    const generated = generate(
      { type: "deprovision" },
      factsOf({ needs: { db: [], api: ["db"] }, reads: {}, sandboxReads: [] }, { targets }),
      false,
    );
    const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "deprovision" });
    of.advance();
    finish(of, "component:api/plan-teardown");
    of.answer(stepIn(of, "component:api/plan-teardown"), "denied", "skip");
    of.advance();
    expect(steps(of)).toMatchObject({
      "component:api/teardown": "skipped",
      "component:db/plan-teardown": "skipped",
      "component:db/teardown": "skipped",
    });
  });
});

describe("an approval", () => {
  it("that nobody gives in time expires, says so, and a retry plans again", () => {
    const of = world();
    finish(of, "sandbox/plan");
    of.now = "2030-01-01T23:59:59.000Z";
    expect(of.advance()).toEqual([]);
    of.now = "2030-01-02T00:00:00.000Z";
    of.advance();
    expect(stepIn(of, "sandbox/plan")).toMatchObject({ state: "denied", failure: { reason: "approval_expired" } });
    expect(of.state).toBe("failed");
    of.retry(stepIn(of, "sandbox/plan").id);
    of.advance();
    expect(job(of, "sandbox/plan").state).toBe("queued");
  });

  it("of two people waits for both, tells whose is missing, and nothing stands for one of them", () => {
    const of = world();
    of.settings = { ...of.settings, twoPerson: true };
    of.approveAll = true;
    finish(of, "sandbox/plan");
    const plan = stepIn(of, "sandbox/plan");
    of.vote(plan, "vendor");
    of.advance();
    expect(state(of, "sandbox/plan")).toBe("awaiting_approval");
    expect(explain(of.facts()).steps.get(plan.id)?.next).toBe(
      "Approve or deny the plan: a second person of the vendor other than who started it must approve it",
    );
    of.vote(plan, "vendor");
    of.advance();
    expect(state(of, "sandbox/apply")).toBe("running");
  });

  it("of the customer is asked for beside what approves by itself", () => {
    const of = world();
    of.settings = { ...of.settings, customerApproval: true };
    of.approveAll = true;
    finish(of, "sandbox/plan");
    const plan = stepIn(of, "sandbox/plan");
    expect(explain(of.facts()).steps.get(plan.id)).toMatchObject({
      next: "Approve or deny the plan: the customer must approve it",
      deadline: "2030-01-02T00:00:00.000Z",
    });
    of.vote(plan, "customer");
    of.advance();
    expect(state(of, "sandbox/apply")).toBe("running");
  });

  it("is given by policies where the config says so and all of them pass", () => {
    const judged = (deletes: number): World => {
      const facts = factsOf(twoBranches, { control: { sandbox: { retries: 0, byPolicies: true } } });
      const generated = generate({ type: "provision" }, facts, false);
      const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "provision" });
      of.settings = { ...of.settings, policies: [{ type: "no_deletes" }, { type: "no_replaces" }] };
      of.advance();
      of.endJob(job(of, "sandbox/plan"), "succeeded", { plan: { ...plan(of), delete: deletes } });
      of.advance();
      return of;
    };
    expect(state(judged(0), "sandbox/apply")).toBe("running");
    expect(state(judged(1), "sandbox/plan")).toBe("awaiting_approval");
  });
});

describe("a failure that may go away by itself", () => {
  const gone: Failure = { reason: "registry_unavailable", detail: "503" };
  function retrying(retries: number): World {
    const facts = factsOf(twoBranches, { control: { sandbox: { retries, byPolicies: false } } });
    const generated = generate({ type: "provision" }, facts, false);
    const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "provision" });
    of.advance();
    return of;
  }

  it("is tried again as often as the config allows, later each time, and says so meanwhile", () => {
    const of = retrying(2);
    finish(of, "sandbox/plan", gone);
    expect(explain(of.facts()).steps.get(stepIn(of, "sandbox/plan").id)).toMatchObject({
      reason: "retry_waits",
      waitsFor: "try 2 of 3",
      deadline: "2030-01-01T00:00:10.000Z",
    });
    of.now = "2030-01-01T00:00:10.000Z";
    of.advance();
    finish(of, "sandbox/plan", gone);
    of.now = "2030-01-01T00:00:30.000Z";
    of.advance();
    finish(of, "sandbox/plan", gone);
    expect(state(of, "sandbox/plan")).toBe("failed");
  });

  it("of an apply is planned and approved again first", () => {
    const of = retrying(1);
    finish(of, "sandbox/plan");
    approve(of, "sandbox/plan");
    finish(of, "sandbox/apply", { reason: "artifact_unavailable", detail: "gone" });
    of.now = "2030-01-01T01:00:00.000Z";
    of.advance();
    expect(steps(of)).toMatchObject({ "sandbox/plan": "running", "sandbox/apply": "pending" });
    finish(of, "sandbox/plan");
    expect(of.pendingApprovals()).toHaveLength(1);
  });

  it("of another kind, or without retries, waits for a person", () => {
    const of = retrying(1);
    finish(of, "sandbox/plan", boom);
    expect(state(of, "sandbox/plan")).toBe("failed");
    const none = retrying(0);
    finish(none, "sandbox/plan", gone);
    expect(state(none, "sandbox/plan")).toBe("failed");
  });
});

describe("for any DAG, any results and any interleaving", () => {
  const choices = fc.array(fc.record({ what: fc.nat(22), which: fc.nat(30) }), { maxLength: 80, size: "max" });
  const settings = fc.record({ twoPerson: fc.boolean(), customerApproval: fc.boolean(), which: fc.nat(3) });

  it("no step runs before its needs, nothing is applied without all approvals of that very digest, no target has two writers, and it ends", () => {
    fc.assert(
      fc.property(
        arbitraryFacts,
        arbitraryOperation,
        fc.boolean(),
        settings,
        choices,
        (facts, operation, planOnly, first, interleaving) => {
          const generated = generate(operation, facts, planOnly);
          const generatedSteps: GeneratedStep[] = "refused" in generated ? [] : generated.steps;
          const steps = generatedSteps.map((step, index) => ({
            ...step,
            params: { ...step.params, retries: Number.parseInt(step.target?.at(-1) ?? "2", 36) % 3, byPolicies: index % 4 === 0 },
          }));
          const of = new World(steps, { planOnly, operation: operation.type });
          of.settings = {
            ...of.settings,
            twoPerson: first.twoPerson,
            customerApproval: first.customerApproval,
            policies: policiesOf(first.which),
          };
          for (const choice of interleaving) {
            of.advance();
            happen(of, choice);
          }
          of.advance();
          of.busy = {};
          of.runner = { id: "run1", state: "online", draining: false };
          // From here on all goes well: then it ends, after no more rounds than it has steps to do.
          of.now = new Date(Date.parse(of.now) + 600_000).toISOString();
          of.advance();
          of.settings = { ...of.settings, approvalExpiresSeconds: 10 ** 7 };
          for (let round = 0; round < steps.length * 6 + 10 && (of.openJobs().length > 0 || of.pendingApprovals().length > 0); round++) {
            for (const open of of.openJobs()) of.endJob(open, "succeeded", open.stepKey.includes("/plan") ? { plan: plan(of) } : {});
            for (const { step } of of.pendingApprovals()) of.answer(step, "approved");
            of.advance();
          }
          expect(of.broken).toEqual([]);
          expect(["succeeded", "failed", "cancelled"]).toContain(of.state);
          expect(of.state === "succeeded" && of.steps.some((step) => !isDone(step.state))).toBe(false);
          expect(of.openJobs()).toEqual([]);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
