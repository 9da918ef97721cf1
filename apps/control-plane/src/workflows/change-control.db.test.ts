import { approvalsContract } from "@berth/api/contract/approvals";
import { installsContract } from "@berth/api/contract/installs";
import { workflowsContract } from "@berth/api/contract/workflows";
import { describe, expect, it } from "vitest";
import { decideApproval, type Decision } from "../approvals/decide.ts";
import { getApproval } from "../approvals/get.ts";
import { buildApp } from "../app.ts";
import type { Ctx } from "../context.ts";
import { explainAnything } from "../explain/explain.ts";
import { updateInputs } from "../installs/update-inputs.ts";
import { updateSettings } from "../installs/settings.ts";
import { createToken } from "../tokens/create.ts";
import { advanceWorkflow } from "./advance.ts";
import { findStuckWorkflows } from "./find-stuck.ts";
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

  it("are no more asked for when the setting is taken back", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId } = fixture;
    await updateSettings({ ctx, input: { installId, change: { twoPerson: true } } });
    const workflow = await start(fixture);
    await fixture.finish(workflow, "sandbox/plan");
    await decide(fixture, workflow, "sandbox/plan");
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
    // What is the vendor's to do.
    for (const [method, path] of [
      ["GET", "/v1/tokens"],
      ["GET", "/v1/installs"],
      ["POST", `/v1/installs/${installId}/workflows`],
      ["PATCH", `/v1/installs/${installId}/settings`],
      ["PUT", `/v1/installs/${installId}/approve-all`],
      ["GET", `/v1/installs/${installId}/inputs`],
      ["GET", `/v1/installs/${installId}/state`],
    ] as const) {
      expect([path, (await call(method, path, method === "GET" ? undefined : {})).status]).toEqual([path, 403]);
    }
    expect(installsContract["installs.get"].response.parse(await (await call("GET", `/v1/installs/${installId}`)).json())).toMatchObject({
      id: installId,
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
    expect((await fixture.workflow(again)).waiting).toMatchObject({ waitsFor: a });
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
