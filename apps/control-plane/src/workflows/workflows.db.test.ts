import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { listApprovals } from "../approvals/list.ts";
import { getInstall } from "../installs/get.ts";
import { getState, listStateVersions } from "../installs/get-state.ts";
import { setInstallApproveAll } from "../installs/set-approve-all.ts";
import { advanceWorkflow } from "./advance.ts";
import { cancelWorkflow } from "./cancel.ts";
import { findStuckWorkflows } from "./find-stuck.ts";
import { explainWorkflow } from "./get.ts";
import { retryStep } from "./retry-step.ts";
import { skipStep } from "./skip-step.ts";
import { startWorkflow } from "./start.ts";
import { createFixture, type Fixture } from "./testing/fixture.ts";

const provision = { type: "provision" as const };

async function start(
  fixture: Fixture,
  operation: Parameters<typeof startWorkflow>[0]["input"]["operation"] = provision,
  more: object = {},
): Promise<string> {
  return (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation, ...more } })).workflowId;
}

async function approve(fixture: Fixture, workflowId: string, stepKey: string): Promise<void> {
  const { id, digest } = await fixture.pendingApproval(workflowId, stepKey);
  await decideApproval({ ctx: fixture.ctx, input: { approvalId: id, decision: "approve", scope: "workflow", digest } });
}

/** Plan, approval and apply of a target. */
async function through(
  fixture: Fixture,
  workflowId: string,
  target: string,
  outputs: Record<string, unknown> = {},
  sensitive?: Record<string, unknown>,
): Promise<void> {
  await fixture.finish(workflowId, `${target}/plan`);
  await approve(fixture, workflowId, `${target}/plan`);
  await fixture.finish(workflowId, `${target}/apply`, { outputs, ...(sensitive ? { sensitive } : {}) });
}

const stepId = async (fixture: Fixture, workflowId: string, key: string): Promise<string> =>
  (await fixture.workflow(workflowId)).steps.find((step) => step.key === key)?.id ?? "";

describe("a provision", () => {
  it("goes from plan to approval to apply, hands outputs on, and leaves the install active with its state on record", async () => {
    await using fixture = await createFixture(
      {
        sandboxVars: { region: "{{ .nuon.inputs.inputs.region }}", name: "{{ .berth.install.name }}" },
        components: [
          { name: "db", vars: { network: "{{ .nuon.sandbox.outputs.network }}", secret: "{{ .nuon.install.inputs.password }}" } },
          { name: "app", dependencies: ["db"], vars: { url: "{{ .nuon.components.db.outputs.url }}" } },
        ],
        inputs: [
          { name: "region", default: "eu" },
          { name: "password", sensitive: true },
        ],
        actions: [{ name: "smoke", triggers: [{ type: "post-provision" }] }],
      },
      { inputs: { password: "correct horse" } },
    );
    const id = await start(fixture);
    expect(await fixture.spec(id, "sandbox/plan")).toMatchObject({
      spec: { vars: { region: "eu", name: "customer" } },
      redact: ["correct horse"],
    });
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).state).toBe("provisioning");
    await fixture.finish(id, "sandbox/plan");
    expect((await fixture.workflow(id)).state).toBe("awaiting_approval");
    const [pending] = (await listApprovals({ ctx: fixture.ctx, input: { limit: 10, state: "pending" } })).items;
    expect(pending).toMatchObject({ stepKey: "sandbox/plan", plan: { create: 1 } });
    await approve(fixture, id, "sandbox/plan");
    const apply = await fixture.spec(id, "sandbox/apply");
    expect(apply.spec).toMatchObject({ kind: "terraform.apply", plan: { digest: pending?.digest }, vars: { region: "eu" } });
    await fixture.finish(id, "sandbox/apply", { outputs: { network: "net-1" } });

    expect((await fixture.spec(id, "component:db/plan")).spec).toMatchObject({ vars: { network: "net-1", secret: "correct horse" } });
    await through(fixture, id, "component:db", {}, { url: "postgres://u:hunter22@db" });
    const app = await fixture.spec(id, "component:app/plan");
    expect(app.spec).toMatchObject({ vars: { url: "postgres://u:hunter22@db" } });
    expect(app.redact).toContain("postgres://u:hunter22@db");
    await through(fixture, id, "component:app", { url: "https://app" });
    await fixture.finish(id, "action:smoke/post-provision", { outputs: { greeting: "hi" } });

    expect((await fixture.workflow(id)).state).toBe("succeeded");
    const install = await getInstall({ ctx: fixture.ctx, input: fixture });
    expect(install.state).toBe("active");
    expect(install.targets.map(({ target, state, sensitiveOutputs }) => [target, state, sensitiveOutputs])).toEqual([
      ["component:app", "active", []],
      ["component:db", "active", ["url"]],
      ["sandbox", "active", []],
    ]);
    const state = await getState({ ctx: fixture.ctx, input: fixture });
    expect(state.content).toMatchObject({
      components: { app: { outputs: { url: "https://app" } } },
      actions: { workflows: { smoke: { outputs: { greeting: "hi" } } } },
    });
    expect(JSON.stringify(state.content)).not.toMatch(/hunter22|correct horse/);
    const events = await fixture.system.db.selectFrom("events").select("data").execute();
    expect(JSON.stringify(events)).not.toMatch(/hunter22|correct horse/);
  });

  it("that finds nothing to change applies nothing and makes no new state", async () => {
    await using fixture = await createFixture({ components: [{ name: "db" }] });
    const first = await start(fixture, provision, { approveAll: true });
    for (const target of ["sandbox", "component:db"]) {
      await fixture.finish(first, `${target}/plan`);
      await fixture.finish(first, `${target}/apply`, { outputs: { a: 1 } });
    }
    const versions = async (): Promise<number> =>
      (await listStateVersions({ ctx: fixture.ctx, input: { installId: fixture.installId, limit: 100 } })).items.length;
    const before = await versions();
    const second = await start(fixture);
    await fixture.finish(second, "sandbox/plan", { plan: { hasChanges: false } });
    await fixture.finish(second, "component:db/plan", { plan: { hasChanges: false } });
    expect(await fixture.states(second)).toEqual({
      "sandbox/plan": "succeeded",
      "sandbox/apply": "skipped",
      "component:db/plan": "succeeded",
      "component:db/apply": "skipped",
    });
    expect((await fixture.workflow(second)).steps[1]?.note).toMatch(/no changes/);
    expect(await versions()).toBe(before);
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).targets[0]?.outputs).toEqual({ a: 1 });
  });

  it("approves by itself under approve-all and keeps which digest it was", async () => {
    await using fixture = await createFixture({}, { approveAll: true });
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    const [row] = (await listApprovals({ ctx: fixture.ctx, input: { limit: 10, state: "all" } })).items;
    expect(row).toMatchObject({ state: "approved", decision: "auto_approve", note: "approve-all of the install" });
    expect((await fixture.spec(id, "sandbox/apply")).spec).toMatchObject({ plan: { digest: row?.digest } });
  });

  it("fails a step whose template can't be rendered, naming the field and the value that is missing", async () => {
    await using fixture = await createFixture({ sandboxVars: { zone: "{{ .nuon.inputs.inputs.nothing }}" } });
    const workflow = await fixture.workflow(await start(fixture));
    expect(workflow.state).toBe("failed");
    expect(workflow.failure).toMatchObject({ reason: "template_failed" });
    expect(workflow.failure?.detail).toMatch(/vars\.zone of sandbox \(sandbox\.toml\), line 1/);
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).state).toBe("error");
  });
});

describe("an approval", () => {
  it("of a digest that is no longer current is refused, with what changed", async () => {
    await using fixture = await createFixture({});
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    const first = await fixture.pendingApproval(id, "sandbox/plan");
    await approve(fixture, id, "sandbox/plan");
    await fixture.finish(id, "sandbox/apply", { failure: { reason: "plan_stale", detail: "The state moved from serial 3 to 4" } });
    await fixture.finish(id, "sandbox/plan", { plan: { delete: 2 } });
    const decide = (approvalId: string, digest: string): Promise<unknown> =>
      decideApproval({ ctx: fixture.ctx, input: { approvalId, decision: "approve", scope: "workflow", digest } });
    const second = await fixture.pendingApproval(id, "sandbox/plan");
    for (const [approvalId, digest] of [
      [first.id, first.digest],
      [second.id, first.digest],
    ] as const) {
      await expect(decide(approvalId, digest)).rejects.toMatchObject({
        code: "approval_stale",
        meta: { changes: ["delete: 0 before, 2 now"], currentDigest: second.digest, currentApprovalId: second.id },
      });
    }
    expect(await fixture.states(id)).toMatchObject({ "sandbox/plan": "awaiting_approval", "sandbox/apply": "pending" });
    await decide(second.id, second.digest);
    expect((await fixture.spec(id, "sandbox/apply")).spec).toMatchObject({ plan: { digest: second.digest } });
  });

  it("given twice is answered as the first time; another answer is refused", async () => {
    await using fixture = await createFixture({});
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    const { id: approvalId, digest } = await fixture.pendingApproval(id, "sandbox/plan");
    const decide = (decision: "approve" | "deny") =>
      decideApproval({ ctx: fixture.ctx, input: { approvalId, decision, scope: "workflow", digest } });
    const first = await decide("approve");
    expect(first).toMatchObject({ state: "approved", decidedBy: "token:test" });
    expect(await decide("approve")).toEqual(first);
    await expect(decide("deny")).rejects.toMatchObject({ code: "state_conflict" });
    expect(await fixture.system.db.selectFrom("jobs").select("id").where("kind", "=", "terraform.apply").execute()).toHaveLength(1);
  });

  it("denied ends the workflow and leaves the rest alone", async () => {
    await using fixture = await createFixture({ components: [{ name: "db" }] });
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    const { id: approvalId, digest } = await fixture.pendingApproval(id, "sandbox/plan");
    await decideApproval({ ctx: fixture.ctx, input: { approvalId, decision: "deny", scope: "workflow", digest, note: "not today" } });
    expect(await fixture.workflow(id)).toMatchObject({ state: "failed", failure: { reason: "denied" } });
    expect(await fixture.states(id)).toEqual({
      "sandbox/plan": "denied",
      "sandbox/apply": "not_attempted",
      "component:db/plan": "not_attempted",
      "component:db/apply": "not_attempted",
    });
  });

  it("of all: for the workflow, or for the install with what waits there", async () => {
    await using fixture = await createFixture({ components: [{ name: "a" }, { name: "b" }] });
    const id = await start(fixture);
    await through(fixture, id, "sandbox");
    await fixture.finish(id, "component:a/plan");
    await fixture.finish(id, "component:b/plan");
    const { id: approvalId, digest } = await fixture.pendingApproval(id, "component:a/plan");
    await decideApproval({ ctx: fixture.ctx, input: { approvalId, decision: "approve_all", scope: "install", digest } });
    expect(await fixture.states(id)).toMatchObject({ "component:a/apply": "running", "component:b/apply": "running" });
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).approveAll).toBe(true);
    await setInstallApproveAll({ ctx: fixture.ctx, input: { installId: fixture.installId, enabled: false } });
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).approveAll).toBe(false);
  });
});

describe("a failed step", () => {
  it("is retried with a new plan and a new approval, and the workflow goes on", async () => {
    await using fixture = await createFixture({ components: [{ name: "db" }] });
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    await approve(fixture, id, "sandbox/plan");
    await fixture.finish(id, "sandbox/apply", { failure: { reason: "terraform_failed", detail: "Error: quota exceeded" } });
    expect(await fixture.workflow(id)).toMatchObject({ state: "failed", failure: { detail: "sandbox/apply: Error: quota exceeded" } });
    await retryStep({ ctx: fixture.ctx, input: { workflowId: id, stepId: await stepId(fixture, id, "sandbox/apply") } });
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).state).toBe("provisioning");
    await through(fixture, id, "sandbox");
    await through(fixture, id, "component:db");
    expect((await fixture.workflow(id)).state).toBe("succeeded");
    expect(await fixture.system.db.selectFrom("approvals").select("id").execute()).toHaveLength(3);
  });

  it("of a component can be skipped; of the sandbox it can't", async () => {
    await using fixture = await createFixture({ components: [{ name: "a" }, { name: "b" }] });
    const id = await start(fixture, provision, { approveAll: true });
    const broken = { failure: { reason: "terraform_failed" as const, detail: "Error: no" } };
    await fixture.finish(id, "sandbox/plan", broken);
    const skip = async (key: string): Promise<void> =>
      skipStep({ ctx: fixture.ctx, input: { workflowId: id, stepId: await stepId(fixture, id, key), note: "" } });
    await expect(skip("sandbox/plan")).rejects.toMatchObject({ code: "state_conflict" });
    await retryStep({ ctx: fixture.ctx, input: { workflowId: id, stepId: await stepId(fixture, id, "sandbox/plan") } });
    await fixture.finish(id, "sandbox/plan");
    await fixture.finish(id, "sandbox/apply");
    await fixture.finish(id, "component:a/plan", broken);
    await fixture.finish(id, "component:b/plan");
    await fixture.finish(id, "component:b/apply");
    await skip("component:a/plan");
    expect((await fixture.workflow(id)).state).toBe("succeeded");
    await expect(skip("component:a/plan")).rejects.toMatchObject({ code: "state_conflict" });
  });
});

describe("several workflows", () => {
  it("of one install queue, saying behind which; action runs go beside", async () => {
    await using fixture = await createFixture({ actions: [{ name: "check" }] });
    const first = await start(fixture);
    const second = await start(fixture);
    expect(await fixture.workflow(second)).toMatchObject({ state: "queued", waiting: { reason: "workflow_ahead", waitsFor: first } });
    const check = await start(fixture, { type: "action_run", action: "check", trigger: "manual" });
    expect((await fixture.workflow(check)).state).toBe("running");
    await cancelWorkflow({ ctx: fixture.ctx, input: { workflowId: first, reason: "" } });
    expect((await fixture.workflow(first)).state).toBe("cancelled");
    expect(fixture.system.enqueued).toContainEqual({ kind: "enqueue", queue: "workflow-advance", data: { workflowId: second } });
    await advanceWorkflow({ system: fixture.system, workflowId: second });
    expect((await fixture.workflow(second)).state).toBe("running");
  });

  it("advanced by many replicas at once start every job once", async () => {
    await using fixture = await createFixture({ components: [{ name: "a" }, { name: "b" }, { name: "c" }] });
    const replicas = [fixture.system, fixture.system.replica(), fixture.system.replica()];
    const id = await start(fixture, provision, { approveAll: true });
    for (const key of [
      "sandbox/plan",
      "sandbox/apply",
      "component:a/plan",
      "component:b/plan",
      "component:c/plan",
      "component:a/apply",
      "component:b/apply",
      "component:c/apply",
    ]) {
      await fixture.finish(id, key, { silent: true });
      await Promise.all(
        replicas.flatMap((system) => [advanceWorkflow({ system, workflowId: id }), advanceWorkflow({ system, workflowId: id })]),
      );
    }
    expect((await fixture.workflow(id)).state).toBe("succeeded");
    const jobs = await fixture.system.db.selectFrom("jobs").select("step_id").execute();
    expect(new Set(jobs.map((job) => job.step_id)).size).toBe(jobs.length);
    expect(jobs).toHaveLength(8);
  });

  it("of one install that start at once: one runs", async () => {
    await using fixture = await createFixture({});
    const ids = await Promise.all(Array.from({ length: 6 }, () => start(fixture)));
    const states = await Promise.all(ids.map(async (id) => (await fixture.workflow(id)).state));
    expect(states.toSorted((a, b) => a.localeCompare(b))).toEqual([...Array.from({ length: 5 }, () => "queued"), "running"]);
  });
});

describe("what the sweeper looks for", () => {
  it("is a workflow whose job ended, whose build ended or whose turn has come, and no other", async () => {
    await using fixture = await createFixture({});
    const first = await start(fixture);
    const second = await start(fixture);
    expect(await findStuckWorkflows(fixture.system)).toEqual([]);
    await fixture.finish(first, "sandbox/plan", { silent: true });
    expect(await findStuckWorkflows(fixture.system)).toEqual([first]);
    await advanceWorkflow({ system: fixture.system, workflowId: first });
    expect(await findStuckWorkflows(fixture.system)).toEqual([]);
    await cancelWorkflow({ ctx: fixture.ctx, input: { workflowId: first, reason: "" } });
    expect(await findStuckWorkflows(fixture.system)).toEqual([second]);
  });
});

describe("a workflow that waits for a build", () => {
  it("says so, goes on when it is done, and moves the install's pin to the config it deploys", async () => {
    await using fixture = await createFixture({}, { approveAll: true });
    const newer = await fixture.addConfig({}, "running");
    const id = await start(fixture, provision, { appConfig: "latest" });
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).appConfigId).toBe(newer);
    const { waiting, steps } = await explainWorkflow({ ctx: fixture.ctx, input: { workflowId: id } });
    expect(waiting).toMatchObject({ reason: "build_pending" });
    expect(steps.map(({ waiting: { reason } }) => reason)).toEqual(["build_pending", "steps_ahead"]);
    await fixture.system.db
      .updateTable("builds")
      .set({ state: "failed", failure: JSON.stringify({ reason: "source_unavailable", detail: "no such branch" }) })
      .where("app_config_id", "=", newer)
      .execute();
    expect(await findStuckWorkflows(fixture.system)).toEqual([id]);
    await advanceWorkflow({ system: fixture.system, workflowId: id });
    expect(await fixture.workflow(id)).toMatchObject({ state: "failed", failure: { reason: "build_failed" } });
  });
});

describe("a deprovision", () => {
  it("removes what stands in reverse order, with the build and the config that made it", async () => {
    await using fixture = await createFixture(
      { components: [{ name: "db" }, { name: "app", dependencies: ["db"] }] },
      { approveAll: true },
    );
    const id = await start(fixture);
    for (const target of ["sandbox", "component:db", "component:app"]) {
      await fixture.finish(id, `${target}/plan`);
      await fixture.finish(id, `${target}/apply`, { outputs: { of: target } });
    }
    const built = await fixture.system.db
      .selectFrom("install_targets")
      .select("build_id")
      .where("target", "=", "component:app")
      .executeTakeFirstOrThrow();
    // The newer config does not know the app any more.
    const newer = await fixture.addConfig({ components: [{ name: "db" }] });
    await fixture.system.db.updateTable("installs").set({ app_config_id: newer }).execute();
    await expect(start(fixture, { type: "teardown", components: ["db"], withDependents: false })).rejects.toMatchObject({
      code: "state_conflict",
      meta: { dependents: ["app"] },
    });

    const down = await start(fixture, { type: "deprovision" });
    const artifact = await fixture.system.db
      .selectFrom("builds")
      .innerJoin("artifacts", "artifacts.id", "builds.artifact_id")
      .select("artifacts.digest")
      .where("builds.id", "=", built.build_id)
      .executeTakeFirstOrThrow();
    expect((await fixture.spec(down, "component:app/plan-teardown")).spec).toMatchObject({ destroy: true, artifact });
    for (const target of ["component:app", "component:db", "sandbox"]) {
      await fixture.finish(down, `${target}/plan-teardown`);
      await fixture.finish(down, `${target}/teardown`);
    }
    const install = await getInstall({ ctx: fixture.ctx, input: fixture });
    expect(install.state).toBe("deprovisioned");
    expect(install.targets.map(({ state, outputs }) => [state, outputs])).toEqual([
      ["inactive", {}],
      ["inactive", {}],
      ["inactive", {}],
    ]);
  });
});
