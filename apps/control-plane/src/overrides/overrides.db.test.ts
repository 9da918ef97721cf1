import { overridesContract } from "@berth/api/contract/overrides";
import type { Component } from "@berth/toml-schema/app-config";
import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { listComponents } from "../components/list.ts";
import { getInstall } from "../installs/get.ts";
import { mountOverridesRoutes } from "../routes/overrides.ts";
import { testApp } from "../testing/http.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";
import { componentBase, createFixture, type Fixture, type SmallConfig } from "../workflows/testing/fixture.ts";
import { updateOverrides, type ChangeOverridesInput } from "./change.ts";
import { getOverrides, listOverrides } from "./get.ts";

const repo = { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" };
const chart: Component = {
  ...componentBase("api"),
  type: "helm_chart",
  chartName: "api",
  namespace: "web",
  values: { replicas: "1", "image.tag": "1.0" },
  valuesFiles: ["replicas: 0\n"],
  repo,
  takeOwnership: false,
};
const manifest: Component = { ...componentBase("routes"), type: "kubernetes_manifest", namespace: "web", manifest: "kind: Pod\n" };
const app: SmallConfig = { components: [{ name: "db", vars: { size: "small" } }], others: [chart, manifest] };

type Change = Partial<NonNullable<ChangeOverridesInput["change"]>>;
const change = (fixture: Fixture, component: string, given: Change, more: Partial<ChangeOverridesInput> = {}) =>
  updateOverrides({
    ctx: fixture.ctx,
    input: {
      installId: fixture.installId,
      component,
      change: { set: {}, unset: [], ...given },
      deploy: false,
      planOnly: false,
      approveAll: false,
      ...more,
    },
  });
const start = async (fixture: Fixture, operation: StartInput["operation"], more: Partial<StartInput> = {}): Promise<string> =>
  (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation, ...more } })).workflowId;
const deploy = (component: string) => ({ type: "deploy" as const, components: [component], withDependents: false });
const upgrade = { type: "upgrade" as const, sandbox: false, components: [] };

async function provisioned(fixture: Fixture): Promise<void> {
  const id = await start(fixture, { type: "provision" });
  for (const target of ["sandbox", "component:db", "component:api", "component:routes"]) {
    await fixture.finish(id, `${target}/plan`);
    await fixture.finish(id, `${target}/apply`);
  }
  expect((await fixture.workflow(id)).state).toBe("succeeded");
}

describe("overrides", () => {
  it("come last in the plan of their component, as templates over the install's state, and nobody deploys by setting them", async () => {
    await using fixture = await createFixture(app, { approveAll: true });
    await provisioned(fixture);
    const document = "limits: { owner: '{{ .nuon.install.id }}' }\n";
    const set = { replicas: "3", name: "{{ .nuon.install.id }}", "auth.password": "hunter22" };
    expect(await change(fixture, "api", { set, document })).toMatchObject({ changed: true, overrides: { version: 1, pending: true } });
    await change(fixture, "db", { set: { size: "large" } });
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).workflows).toEqual([]);

    const id = await start(fixture, deploy("api"));
    const plan = await fixture.spec(id, "component:api/plan");
    expect(plan.spec).toMatchObject({
      valuesFiles: ["replicas: 0\n"],
      set: { "image.tag": "1.0", replicas: "3", name: fixture.installId, "auth.password": "hunter22" },
      overrides: [`limits: { owner: '${fixture.installId}' }\n`],
    });
    expect(plan.redact).toContain("hunter22");
    const other = await start(fixture, deploy("db"));
    expect((await fixture.spec(other, "component:db/plan")).spec).toMatchObject({ vars: { size: "large" } });
  });

  it("are deployed at once where that is asked for", async () => {
    await using fixture = await createFixture(app, { approveAll: true });
    await provisioned(fixture);
    const { workflowId = "" } = await change(fixture, "api", { set: { replicas: "3" } }, { deploy: true });
    expect(Object.keys(await fixture.states(workflowId))).toContain("component:api/plan");
    expect((await fixture.spec(workflowId, "component:api/plan")).spec).toMatchObject({ set: { replicas: "3" } });
    await fixture.finish(workflowId, "component:api/plan");
    await fixture.finish(workflowId, "component:api/apply");
    expect(await getOverrides({ ctx: fixture.ctx, input: { installId: fixture.installId, component: "api" } })).toMatchObject({
      pending: false,
    });
  });

  it("make their component one that changed, until it is deployed with them or they are as they were", async () => {
    await using fixture = await createFixture(app, { approveAll: true });
    await provisioned(fixture);
    const steps = async (): Promise<string[]> => {
      const id = await start(fixture, upgrade);
      const keys = Object.keys(await fixture.states(id)).filter((key) => key.endsWith("/plan"));
      for (const key of keys) {
        await fixture.finish(id, key);
        await fixture.finish(id, key.replace("/plan", "/apply"));
      }
      return keys;
    };
    await change(fixture, "api", { set: { replicas: "3" } });
    await change(fixture, "api", { unset: ["replicas"] });
    expect(await listOverrides({ ctx: fixture.ctx, input: fixture })).toEqual([]);
    await change(fixture, "api", { set: { replicas: "4" } });
    expect(await steps()).toEqual(["component:api/plan"]);
    await change(fixture, "db", { set: { size: "large" } });
    expect(await steps()).toEqual(["component:db/plan"]);
    // What is taken away changes it as well.
    await change(fixture, "api", { unset: ["replicas"] });
    expect(await listOverrides({ ctx: fixture.ctx, input: fixture })).toMatchObject([
      { component: "api", pending: true },
      { component: "db" },
    ]);
    expect(await steps()).toEqual(["component:api/plan"]);
  });

  it("that change while a plan waits make it stale", async () => {
    await using fixture = await createFixture({ others: [chart] });
    await change(fixture, "api", { set: { replicas: "2" } });
    const id = await start(fixture, { type: "provision" });
    const approve = async (key: string) => {
      const { id: approvalId, digest } = await fixture.pendingApproval(id, key);
      return decideApproval({ ctx: fixture.ctx, input: { approvalId, decision: "approve", scope: "workflow", digest } });
    };
    await fixture.finish(id, "sandbox/plan");
    await approve("sandbox/plan");
    await fixture.finish(id, "sandbox/apply");
    await fixture.finish(id, "component:api/plan");
    await change(fixture, "api", { set: { replicas: "3" } });
    await expect(approve("component:api/plan")).rejects.toMatchObject({
      code: "approval_stale",
      message: expect.stringContaining("the overrides of component:api on this install have changed") as unknown,
    });
    expect((await fixture.spec(id, "component:api/plan")).spec).toMatchObject({ set: { replicas: "3" } });
    await fixture.finish(id, "component:api/plan");
    expect(await approve("component:api/plan")).toMatchObject({ state: "approved" });
  });

  it("stay when the install goes back to an earlier app config", async () => {
    await using fixture = await createFixture(app, { approveAll: true });
    await provisioned(fixture);
    await change(fixture, "db", { set: { size: "large" } });
    await fixture.addConfig({ ...app, components: [{ name: "db", vars: { size: "medium" } }] });
    await start(fixture, deploy("db"), { appConfig: "latest" }).then(async (id) => {
      await fixture.finish(id, "component:db/plan");
      await fixture.finish(id, "component:db/apply");
    });
    const back = await start(fixture, { type: "deploy_all" }, { appConfig: "previous" });
    expect((await fixture.spec(back, "component:db/plan")).spec).toMatchObject({ vars: { size: "large" } });
  });

  it("that can't be rendered fail the plan, naming component, key and the command that changes them", async () => {
    await using fixture = await createFixture(app, { approveAll: true });
    await provisioned(fixture);
    await change(fixture, "api", { set: { host: "{{ .nuon.components.db.outputs.nowhere }}" } });
    const id = await start(fixture, deploy("api"));
    expect((await fixture.workflow(id)).failure).toMatchObject({
      reason: "template_failed",
      detail: expect.stringMatching(/override\.host of component:api \(berth installs overrides <install> api\), line 1/) as unknown,
    });
  });

  it("are seen on the install and the app", async () => {
    await using fixture = await createFixture(app);
    await change(fixture, "api", { set: { replicas: "3" } });
    await change(fixture, "db", { set: { size: "large" } });
    await change(fixture, "db", { unset: ["size"] });
    expect((await getInstall({ ctx: fixture.ctx, input: fixture })).overridden).toEqual(["api"]);
    await fixture.system.db
      .insertInto("components")
      .values({ id: "cmp1", org_id: fixture.ctx.orgId, app_id: fixture.appId, name: "api", type: "helm_chart" })
      .execute();
    expect(await listComponents({ ctx: fixture.ctx, input: fixture })).toMatchObject([{ name: "api", overriddenOn: 1 }]);
  });

  it("are refused of a component that is not there or takes none; what was set stays to be taken away when the component has gone", async () => {
    await using fixture = await createFixture(app);
    await expect(change(fixture, "apii", { set: { a: "1" } })).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringMatching(/no component "apii"\. It has: db, api, routes/) as unknown,
    });
    await expect(change(fixture, "routes", { set: { a: "1" } })).rejects.toMatchObject({ code: "unprocessable" });
    await expect(change(fixture, "api", { unset: ["a"] })).rejects.toMatchObject({
      code: "invalid_inputs",
      message: expect.stringMatching(/"a" of component "api" is not set/) as unknown,
    });
    await change(fixture, "api", { set: { replicas: "3" } });
    const without = await fixture.addConfig({ components: [{ name: "db" }] });
    await fixture.system.db.updateTable("installs").set({ app_config_id: without }).where("id", "=", fixture.installId).execute();
    await expect(change(fixture, "api", { set: { replicas: "4" } })).rejects.toMatchObject({ code: "not_found" });
    expect(await change(fixture, "api", { unset: ["replicas"] })).toMatchObject({ changed: true, overrides: { set: {} } });
  });
});

describe("the routes", () => {
  it("set, show, unset and clear; who and when are kept, secrets sealed and not shown; another org finds nothing", async () => {
    await using fixture = await createFixture(app);
    const { system, installId } = fixture;
    const http = testApp(system, mountOverridesRoutes);
    const path = `/v1/installs/${installId}/components/api/overrides`;
    const call = (method: string, url: string, body?: unknown, org?: string) =>
      http.request(url, {
        method,
        headers: { "content-type": "application/json", ...(org === undefined ? {} : { "x-org": org }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const set = { replicas: "3", "auth.password": "hunter22" };
    const body = { set, document: "db:\n  token: t0ken\n  size: 1\n" };
    const { response } = overridesContract["installs.overrides.update"];
    const { overrides } = response.parse(await (await call("PATCH", path, body)).json());
    expect(overrides).toMatchObject({
      version: 1,
      set: { replicas: "3" },
      sensitive: ["auth.password"],
      hasDocument: true,
      pending: false,
    });
    expect(overrides.document).toBe("db:\n  token: (sensitive)\n  size: 1\n");
    expect(overrides.changedBy).toBe(fixture.ctx.actor);
    expect(overrides.changedAt).toBeDefined();
    const rows = await system.db.selectFrom("component_overrides").selectAll().execute();
    expect(JSON.stringify(rows.map((row) => row.values_enc?.toString("latin1")))).not.toMatch(/hunter22|t0ken/);
    const events = await system.db.selectFrom("events").select("data").where("event", "=", "overrides_changed").execute();
    expect(events).toEqual([{ data: { component: "api", version: 1, set: ["replicas", "auth.password"], unset: [], document: "set" } }]);

    expect(await (await call("PATCH", path, body)).json()).toMatchObject({ changed: false, overrides: { version: 1 } });
    expect(await (await call("GET", path)).json()).toMatchObject({ version: 1 });
    expect(await (await call("GET", `/v1/installs/${installId}/overrides`)).json()).toMatchObject({ items: [{ component: "api" }] });
    expect(await (await call("DELETE", path)).json()).toMatchObject({ version: 2, set: {}, sensitive: [], hasDocument: false });
    expect(await (await call("GET", `/v1/installs/${installId}/overrides`)).json()).toEqual({ items: [] });
    for (const [method, url] of [
      ["PATCH", path],
      ["GET", path],
      ["DELETE", path],
      ["GET", `/v1/installs/${installId}/overrides`],
    ] as const)
      expect((await call(method, url, method === "PATCH" ? {} : undefined, "org_other")).status).toBe(404);
  });
});
