import { listRoutes } from "@berth/api/contract";
import { approvalsContract } from "@berth/api/contract/approvals";
import { installsContract } from "@berth/api/contract/installs";
import { workflowsContract } from "@berth/api/contract/workflows";
import { describe, expect, it } from "vitest";
import { decideApproval, type Decision } from "../approvals/decide.ts";
import { getApproval } from "../approvals/get.ts";
import { listApprovals } from "../approvals/list.ts";
import { buildApp } from "../app.ts";
import type { Ctx } from "../context.ts";
import { explainAnything } from "../explain/explain.ts";
import { updateInputs } from "../installs/update-inputs.ts";
import { getSettings, updateSettings } from "../installs/settings.ts";
import { updateOrgSettings } from "../orgs/settings.ts";
import { createToken } from "../tokens/create.ts";
import { advanceWorkflow } from "./advance.ts";
import { cancelWorkflow } from "./cancel.ts";
import { findStuckWorkflows } from "./find-stuck.ts";
import { setWorkflowApproveAll } from "./set-approve-all.ts";
import { startWorkflow, type StartInput } from "./start.ts";
import { createFixture, type Fixture } from "./testing/fixture.ts";

const start = async (fixture: Fixture, operation: StartInput["operation"] = { type: "provision" }): Promise<string> =>
  (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation } })).workflowId;
const as = (fixture: Fixture, actor: string, more: Partial<Ctx> = {}): Ctx => ({ ...fixture.ctx, actor, ...more });

async function decide(
  fixture: Fixture,
  workflowId: string,
  key: string,
  decision: Decision["decision"] = "approve",
  ctx: Ctx = fixture.ctx,
) {
  const { id, digest } = await fixture.pendingApproval(workflowId, key);
  return decideApproval({ ctx, input: { approvalId: id, decision, scope: "workflow", digest } });
}

describe("a plan that waits", () => {
  it("can't be approved once what it was made from has changed: it is made again, and told what changed", async () => {
    await using fixture = await createFixture({
      components: [],
      sandboxVars: { region: "{{ .nuon.inputs.inputs.region }}", at: '{{ now | date "150405" }}' },
      inputs: [{ name: "region", default: "eu" }],
    });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    const { id, digest } = await fixture.pendingApproval(workflow, "sandbox/plan");
    const { ctx, installId } = fixture;
    await updateInputs({ ctx, input: { installId, values: { region: "us" }, deploy: false, planOnly: false, approveAll: false } });
    await expect(decide(fixture, workflow, "sandbox/plan")).rejects.toMatchObject({
      code: "approval_stale",
      message: expect.stringContaining("what the config makes of the install's inputs and outputs has changed (vars)") as unknown,
    });
    expect(await getApproval({ ctx, input: { approvalId: id } })).toMatchObject({ state: "superseded", digest });
    expect((await fixture.spec(workflow, "sandbox/plan")).spec).toMatchObject({ vars: { region: "us" } });
    await fixture.finish(workflow, "sandbox/plan");
    expect(await decide(fixture, workflow, "sandbox/plan")).toMatchObject({ state: "approved" });
  });

  it("is made again also where the request carries an Idempotency-Key, and a repeat is answered by what is so then", async () => {
    await using fixture = await createFixture({
      components: [],
      sandboxVars: { region: "{{ .nuon.inputs.inputs.region }}" },
      inputs: [{ name: "region", default: "eu" }],
    });
    const { ctx, installId, system } = fixture;
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    const { id, digest } = await fixture.pendingApproval(workflow, "sandbox/plan");
    await updateInputs({ ctx, input: { installId, values: { region: "us" }, deploy: false, planOnly: false, approveAll: false } });
    const app = buildApp({ system, version: "0", checks: [], api: true });
    const headers = { authorization: `Bearer ${system.org.token}`, "idempotency-key": "once" };
    const ask = async () => {
      const body = JSON.stringify({ decision: "approve", digest });
      const answer = await app.request(`/v1/approvals/${id}/decide`, { method: "POST", headers, body });
      return { status: answer.status, detail: ((await answer.json()) as { detail: string }).detail };
    };
    expect(await ask()).toMatchObject({ status: 409, detail: expect.stringContaining("it is being made again") as unknown });
    expect(await fixture.states(workflow)).toMatchObject({ "sandbox/plan": "running" });
    expect(await ask()).toMatchObject({ status: 409, detail: expect.stringContaining("is no longer current") as unknown });
    // The job of the new plan went to the queue with it.
    expect((await fixture.spec(workflow, "sandbox/plan")).spec).toMatchObject({ vars: { region: "us" } });
  });

  it("is not approved by approve-all either, when that comes after it has become stale", async () => {
    await using fixture = await createFixture({
      components: [],
      sandboxVars: { region: "{{ .nuon.inputs.inputs.region }}" },
      inputs: [{ name: "region", default: "eu" }],
    });
    const { ctx, installId } = fixture;
    const workflowId = await start(fixture);
    await fixture.finish(workflowId, "sandbox/plan");
    const { id } = await fixture.pendingApproval(workflowId, "sandbox/plan");
    await updateInputs({ ctx, input: { installId, values: { region: "us" }, deploy: false, planOnly: false, approveAll: false } });
    await setWorkflowApproveAll({ ctx, input: { workflowId, enabled: true } });
    expect(await getApproval({ ctx, input: { approvalId: id } })).toMatchObject({ state: "superseded", votes: [] });
    expect(await fixture.states(workflowId)).toMatchObject({ "sandbox/plan": "running" });
    await fixture.finish(workflowId, "sandbox/plan", { plan: { create: 3 } });
    expect(await fixture.states(workflowId)).toMatchObject({ "sandbox/apply": "running" });
    const { items } = await listApprovals({ ctx, input: { limit: 10, state: "approved" } });
    expect(await getApproval({ ctx, input: { approvalId: items[0]?.id ?? "" } })).toMatchObject({
      note: "approve-all of the workflow",
      changes: ["create: 1 before, 3 now"],
    });
  });

  it("does not stand any more once there is a state where there was none", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId, system } = fixture;
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    const [step] = (await fixture.workflow(workflow)).steps;
    await system.db
      .insertInto("terraform_states")
      .values({
        id: "sta1",
        org_id: ctx.orgId,
        install_id: installId,
        target: "sandbox",
        version: 1,
        serial: 4,
        lineage: "x",
        job_id: step?.jobId ?? "",
        epoch: 1,
        sequence: 1,
        digest: "sha256:0",
        size: 1,
        content_enc: Buffer.from("sealed"),
      })
      .execute();
    await expect(decide(fixture, workflow, "sandbox/plan")).rejects.toMatchObject({
      code: "approval_stale",
      message: expect.stringContaining("the state has moved from none to serial 4") as unknown,
    });
  });

  it("says which policy lets it pass, or which one holds it", async () => {
    await using fixture = await createFixture({ components: [], policed: true });
    const { ctx, installId } = fixture;
    const [held, passed] = [await start(fixture), await start(fixture)];
    await fixture.finish(held, "sandbox/plan", { plan: { delete: 2 } });
    const { id } = await fixture.pendingApproval(held, "sandbox/plan");
    expect(await getApproval({ ctx, input: { approvalId: id } })).toMatchObject({
      policies: [
        { policy: "no_deletes", passed: false, why: "it deletes 2" },
        { policy: "no_replaces", passed: true },
      ],
    });
    expect((await fixture.workflow(held)).waiting?.next).toBe(
      "Approve or deny the plan. It is not approved by itself: no_deletes, because it deletes 2",
    );
    await decide(fixture, held, "sandbox/plan", "deny");
    expect(await explainAnything({ ctx, input: { id: held } })).toMatchObject({
      state: "failed",
      waiting: { reason: "denied", waitsFor: "a person: sandbox/plan was not approved" },
    });
    await advanceWorkflow({ system: fixture.system, workflowId: passed });
    await fixture.finish(passed, "sandbox/plan");
    const { items } = await listApprovals({ ctx, input: { limit: 10, state: "approved", installId } });
    expect(items).toMatchObject([{ workflowId: passed, decision: "auto_approve", note: "it passes no_deletes, no_replaces" }]);
  });

  it("can be taken back for a fresh one", async () => {
    await using fixture = await createFixture({ components: [] });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    await decide(fixture, workflow, "sandbox/plan", "replan");
    expect(await fixture.states(workflow)).toMatchObject({ "sandbox/plan": "running" });
  });

  it("of the sandbox can't be skipped; of a component it can, with what stands on it", async () => {
    await using fixture = await createFixture({ components: [{ name: "db" }, { name: "api", dependencies: ["db"] }, { name: "other" }] });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    await expect(decide(fixture, workflow, "sandbox/plan", "deny_skip")).rejects.toMatchObject({ code: "state_conflict" });
    await decide(fixture, workflow, "sandbox/plan");
    await fixture.finish(workflow, "sandbox/apply");
    await fixture.finish(workflow, "component:db/plan");
    await decide(fixture, workflow, "component:db/plan", "deny_skip_dependents");
    for (const [step, end] of [["component:other/plan", "approve"] as const, ["component:other/apply", undefined] as const]) {
      await fixture.finish(workflow, step);
      if (end) await decide(fixture, workflow, step);
    }
    expect(await fixture.workflow(workflow)).toMatchObject({ state: "succeeded" });
    expect(await fixture.states(workflow)).toMatchObject({ "component:api/apply": "skipped", "component:other/apply": "succeeded" });
  });

  it("expires, found by the sweeper, and says until when it could be decided on", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, system, installId } = fixture;
    await updateSettings({ ctx, input: { installId, change: { approvalExpiresSeconds: 60 } } });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    expect(await findStuckWorkflows(system)).toEqual([]);
    const later = { ...system, now: () => new Date(Date.now() + 61_000) };
    expect(await findStuckWorkflows(later)).toEqual([workflow]);
    await advanceWorkflow({ system: later, workflowId: workflow });
    expect(await fixture.workflow(workflow)).toMatchObject({ state: "failed", failure: { reason: "approval_expired" } });
  });
});

describe("how long a plan can be decided on", () => {
  it("is what its install says, else its organisation, else 30 days", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId } = fixture;
    const seconds = async () => (await getSettings({ ctx, input: { installId } })).approvalExpiresSeconds;
    expect(await seconds()).toBe(30 * 86_400);
    await updateSettings({ ctx, input: { installId, change: { customerApproval: true } } });
    await updateOrgSettings(ctx, { approvalExpiresSeconds: 3600 });
    expect(await seconds()).toBe(3600);
    await updateSettings({ ctx, input: { installId, change: { approvalExpiresSeconds: 600 } } });
    expect(await seconds()).toBe(600);
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    const { waiting } = await fixture.workflow(workflow);
    expect(Date.parse(waiting?.deadline ?? "") - Date.parse(waiting?.since ?? "")).toBeLessThanOrEqual(600_000);
    await updateSettings({ ctx, input: { installId, change: { approvalExpiresSeconds: null } } });
    await updateOrgSettings(ctx, { approvalExpiresSeconds: null });
    expect(await seconds()).toBe(30 * 86_400);
  });
});

describe("two people", () => {
  it("must approve each plan: the same one twice is one, and every vote is kept with digest and address", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId } = fixture;
    await updateSettings({ ctx, input: { installId, change: { twoPerson: true } } });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    const ada = as(fixture, "token:ada", { from: "10.1.2.3" });
    expect(await decide(fixture, workflow, "sandbox/plan", "approve", ada)).toMatchObject({ state: "pending" });
    expect(await decide(fixture, workflow, "sandbox/plan", "approve", ada)).toMatchObject({ state: "pending" });
    const done = await decide(fixture, workflow, "sandbox/plan", "approve", as(fixture, "token:bob"));
    expect(done).toMatchObject({
      state: "approved",
      votes: [
        { by: "token:ada", side: "vendor", decision: "approve", from: "10.1.2.3", digest: done.digest },
        { by: "token:bob", side: "vendor" },
      ],
    });
    expect(await fixture.states(workflow)).toMatchObject({ "sandbox/apply": "running" });
  });

  it("are not who started it, who may deny it only, nor one with two tokens", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId, system } = fixture;
    await updateSettings({ ctx, input: { installId, change: { twoPerson: true } } });
    const first = system.ctx();
    const made = async (maker: Ctx, name: string): Promise<Ctx> => as(fixture, `token:${(await createToken(maker, { name })).token.id}`);
    const [ada, bob] = [await made(first, "ada"), await made(first, "bob")];
    const again = await made(ada, "ada's pipeline");
    const { workflowId } = await startWorkflow({ ctx: again, input: { installId, operation: { type: "provision" } } });
    await fixture.finish(workflowId, "sandbox/plan");
    for (const starter of [again, ada])
      await expect(decide(fixture, workflowId, "sandbox/plan", "approve", starter)).rejects.toMatchObject({ code: "forbidden" });
    await decide(fixture, workflowId, "sandbox/plan", "approve", bob);
    expect(await decide(fixture, workflowId, "sandbox/plan", "approve", await made(bob, "bob's other"))).toMatchObject({
      state: "pending",
    });
    expect((await fixture.workflow(workflowId)).waiting?.next).toContain("a second person of the vendor other than who started it");
    expect(await decide(fixture, workflowId, "sandbox/plan", "approve", await made(first, "cid"))).toMatchObject({ state: "approved" });
  });

  it("may change their mind: what each said is kept", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId } = fixture;
    await updateSettings({ ctx, input: { installId, change: { twoPerson: true } } });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    const ada = as(fixture, "token:ada", { from: "10.1.2.3" });
    await decide(fixture, workflow, "sandbox/plan", "approve", ada);
    const denied = await decide(fixture, workflow, "sandbox/plan", "deny", ada);
    expect(denied).toMatchObject({ state: "denied", decidedBy: "token:ada", decidedFrom: "10.1.2.3" });
    expect(denied.votes?.map(({ by, decision }) => [by, decision])).toEqual([
      ["token:ada", "approve"],
      ["token:ada", "deny"],
    ]);
  });

  it("are no more asked for when the setting is taken back", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId } = fixture;
    await updateSettings({ ctx, input: { installId, change: { twoPerson: true } } });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    await decide(fixture, workflow, "sandbox/plan", "approve", as(fixture, "token:ada"));
    await updateSettings({ ctx, input: { installId, change: { twoPerson: false } } });
    expect(await fixture.states(workflow)).toMatchObject({ "sandbox/apply": "running" });
  });
});

describe("a customer", () => {
  it("sees and decides on their own install with a token of their own, and on nothing else", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId, system } = fixture;
    await updateSettings({ ctx, input: { installId, change: { customerApproval: true } } });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    const { secret } = await createToken(ctx, { name: "Acme", installId });
    const app = buildApp({ system, version: "0", checks: [], api: true });
    const call = (method: string, path: string, body?: object): Promise<Response> =>
      Promise.resolve(
        app.request(path, { method, headers: { authorization: `Bearer ${secret}` }, ...(body ? { body: JSON.stringify(body) } : {}) }),
      );
    // The vendor's vote is not enough.
    await decide(fixture, workflow, "sandbox/plan");
    expect(await fixture.states(workflow)).toMatchObject({ "sandbox/plan": "awaiting_approval" });
    const list = approvalsContract["approvals.list"].response.parse(await (await call("GET", "/v1/approvals")).json());
    const [asked] = list.items;
    expect(await call("GET", `/v1/plans/${asked?.planId}`)).toMatchObject({ status: 200 });
    const seen = await call("GET", `/v1/workflows/${workflow}/explain`);
    expect(workflowsContract["workflows.explain"].response.parse(await seen.json()).waiting?.next).toBe(
      "Approve or deny the plan: the customer must approve it",
    );
    const decided = await call("POST", `/v1/approvals/${asked?.id}/decide`, { decision: "approve", digest: asked?.digest });
    const approval = approvalsContract["approvals.decide"].response.parse(await decided.json());
    expect(approval).toMatchObject({
      state: "approved",
      votes: [{ side: "vendor" }, { side: "customer", by: expect.stringMatching(/^customer:/) as unknown }],
    });

    // Another install of the same vendor.
    const other = await import("../installs/create.ts").then(({ createInstall }) =>
      createInstall({ ctx, input: { appId: fixture.appId, name: "other", inputs: {}, labels: {}, approveAll: false } }),
    );
    const theirs = await startWorkflow({ ctx, input: { installId: other.install.id, operation: { type: "provision" } } });
    expect((await call("GET", `/v1/installs/${other.install.id}`)).status).toBe(404);
    expect((await call("GET", `/v1/workflows/${theirs.workflowId}`)).status).toBe(404);
    expect(
      workflowsContract["workflows.list"].response.parse(await (await call("GET", "/v1/workflows")).json()).items.map(({ id }) => id),
    ).toEqual([workflow]);
    const installs = installsContract["installs.list"].response.parse(await (await call("GET", "/v1/installs?labels=tier")).json());
    expect(installs.items).toMatchObject([{ id: installId, labels: {} }]);
    // All else is the vendor's to do, whatever it is.
    for (const { route } of listRoutes().filter((each) => !each.route.customer && !each.route.anonymous)) {
      const path = route.path.replace(":installId", installId).replaceAll(/:\w+/g, workflow);
      const { status } = await call(route.method, path, route.method === "GET" ? undefined : {});
      expect([route.method, path, status]).toEqual([route.method, path, 403]);
    }
    expect(
      listRoutes()
        .flatMap(({ name, route }) => (route.customer ? [name] : []))
        .toSorted(),
    ).toEqual([
      "approvals.decide",
      "approvals.get",
      "approvals.list",
      "explain.get",
      "health.components",
      "health.history",
      "installs.get",
      "installs.health",
      "installs.list",
      "installs.readme",
      "logs.read",
      "logs.tail",
      "orgs.current",
      "plans.display",
      "plans.get",
      "secrets.list",
      "workflows.explain",
      "workflows.get",
      "workflows.list",
    ]);
    const [step] = (await fixture.workflow(workflow)).steps;
    expect((await call("GET", `/v1/explain/${step?.id}`)).status).toBe(200);
    expect((await call("GET", `/v1/explain/${step?.jobId}`)).status).toBe(403);
    for (const decision of ["approve_all", "replan"])
      expect((await call("POST", `/v1/approvals/${asked?.id}/decide`, { decision, digest: asked?.digest })).status).toBe(403);
    expect(installsContract["installs.get"].response.parse(await (await call("GET", `/v1/installs/${installId}`)).json())).toMatchObject({
      id: installId,
    });
  });
});

describe("a failure that may go away by itself", () => {
  it("is tried again at its time: the step says which try is next and when, and the workflow is woken then", async () => {
    await using fixture = await createFixture({ components: [], retries: 1 });
    const { system } = fixture;
    const workflow = await start(fixture);
    const gone = { reason: "registry_unavailable" as const, detail: "503" };
    await fixture.finish(workflow, "sandbox/plan", { failure: gone });
    const [plan] = (await fixture.workflow(workflow)).steps;
    expect(plan).toMatchObject({
      state: "pending",
      note: "Try 2 of 2, after registry_unavailable: 503",
      waiting: { reason: "retry_waits", waitsFor: "try 2 of 2", deadline: expect.any(String) as unknown },
    });
    expect(await explainAnything({ ctx: fixture.ctx, input: { id: plan?.id ?? "" } })).toMatchObject({ waiting: plan?.waiting });
    expect(system.enqueued.at(-1)).toMatchObject({ queue: "workflow-advance", data: { workflowId: workflow } });
    expect(system.enqueued.at(-1)?.delayMs).toBeGreaterThan(9000);
    const later = { ...system, now: () => new Date(Date.parse(plan?.waiting?.deadline ?? "")) };
    expect(await findStuckWorkflows(later)).toEqual([workflow]);
    await advanceWorkflow({ system: later, workflowId: workflow });
    expect(await fixture.states(workflow)).toMatchObject({ "sandbox/plan": "running" });
    await fixture.finish(workflow, "sandbox/plan", { failure: gone });
    expect(await fixture.workflow(workflow)).toMatchObject({ state: "failed", failure: { reason: "registry_unavailable" } });
  });
});

describe("a cancelled workflow", () => {
  it("lists what it has changed and what may be half done, and nothing of what ended before it touched anything", async () => {
    await using fixture = await createFixture({ components: [{ name: "a" }, { name: "b" }, { name: "c" }] });
    const { ctx } = fixture;
    const { workflowId } = await startWorkflow({
      ctx,
      input: { installId: fixture.installId, operation: { type: "provision" }, approveAll: true },
    });
    for (const key of ["sandbox/plan", "sandbox/apply", "component:a/plan", "component:b/plan", "component:c/plan"])
      await fixture.finish(workflowId, key);
    expect((await fixture.workflow(workflowId)).done).toEqual(["sandbox was applied"]);
    await fixture.finish(workflowId, "component:a/apply", { failure: { reason: "terraform_failed", detail: "half" } });
    await fixture.finish(workflowId, "component:b/apply", { failure: { reason: "state_locked", detail: "by somebody" } });
    await cancelWorkflow({ ctx, input: { workflowId, reason: "enough" } });
    expect(await fixture.workflow(workflowId)).toMatchObject({
      state: "cancelled",
      done: ["sandbox was applied", "component:a may be applied in part (terraform_failed)"],
    });
  });
});

describe("workflows of one install", () => {
  it("run side by side on different targets, and queue behind those that touch the same, all of which go on at their end", async () => {
    await using fixture = await createFixture({ components: [{ name: "a" }, { name: "b" }, { name: "c", dependencies: ["b"] }] });
    const deploy = (...components: string[]): Promise<string> => start(fixture, { type: "deploy", components, withDependents: false });
    const provision = await startWorkflow({
      ctx: fixture.ctx,
      input: { installId: fixture.installId, operation: { type: "provision" }, approveAll: true },
    });
    for (const key of [
      "sandbox/plan",
      "sandbox/apply",
      "component:a/plan",
      "component:a/apply",
      "component:b/plan",
      "component:b/apply",
      "component:c/plan",
      "component:c/apply",
    ])
      await fixture.finish(provision.workflowId, key);
    const [a, b, c, again] = [await deploy("a"), await deploy("b"), await deploy("c"), await deploy("a")];
    const state = async (id: string | undefined) => (await fixture.workflow(id ?? "")).state;
    expect([await state(a), await state(b), await state(c), await state(again)]).toEqual(["running", "running", "queued", "queued"]);
    expect((await fixture.workflow(c)).waiting).toMatchObject({ reason: "workflow_ahead", waitsFor: b });
    expect((await fixture.workflow(again)).waiting).toMatchObject({
      waitsFor: a,
      next: `It starts when deploy ${a} on this install has ended, which touches what it changes or goes by: number 1 in line`,
    });
    await fixture.finish(b, "component:b/plan", { plan: { hasChanges: false } });
    expect(
      fixture.system.enqueued
        .filter(({ queue }) => queue === "workflow-advance")
        .slice(-2)
        .map(({ data }) => data),
    ).toEqual([{ workflowId: c }, { workflowId: again }]);
    expect(await findStuckWorkflows(fixture.system)).toEqual([c]);

    // Whatever is asked about tells why it waits.
    const explain = (id: string) => explainAnything({ ctx: fixture.ctx, input: { id } });
    expect(await explain(again)).toMatchObject({ kind: "workflow", waiting: { reason: "workflow_ahead" } });
    const step = (await fixture.workflow(a)).steps[0];
    expect(await explain(step?.id ?? "")).toMatchObject({ kind: "step", name: "component:a/plan", state: "running" });
    expect(await explain(step?.jobId ?? "")).toMatchObject({ kind: "job", waiting: { reason: "dispatching" } });
    expect(await explain(fixture.installId)).toMatchObject({ kind: "install", parts: [{ id: a }, { id: c }, { id: again }] });
    await fixture.finish(a, "component:a/plan");
    const { id } = await fixture.pendingApproval(a, "component:a/plan");
    expect(await explain(id)).toMatchObject({ kind: "approval", waiting: { reason: "approval", next: "Approve or deny the plan" } });
    await expect(explain("xyz1")).rejects.toMatchObject({ code: "not_found" });
  });
});
