import { actionsContract } from "@berth/api/contract/actions";
import { approvalsContract } from "@berth/api/contract/approvals";
import { eventsContract } from "@berth/api/contract/events";
import { installsContract } from "@berth/api/contract/installs";
import { workflowsContract } from "@berth/api/contract/workflows";
import type { Route } from "@berth/api/route";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { buildApp } from "../app.ts";
import type { HttpApp } from "../http/handle.ts";
import { createFixture, type Fixture } from "./testing/fixture.ts";

const app = {
  components: [{ name: "db", inputs: ["size"], vars: { size: "{{ .nuon.inputs.inputs.size }}" } }],
  inputs: [{ name: "size", default: "small" }],
  actions: [{ name: "check", triggers: [{ type: "cron", cronSchedule: "*/5 * * * *" }] }],
};

/** Calls routes as a client would, and holds every answer against its contract. */
function createClient(fixture: Fixture) {
  const http: HttpApp = buildApp({ system: fixture.system, version: "0", checks: [], api: true });
  async function raw(
    route: Route,
    params: Record<string, string>,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const path = route.path.replace(/:(\w+)/g, (_all, name: string) => params[name] ?? "");
    return http.request(path, {
      method: route.method,
      headers: { authorization: `Bearer ${fixture.system.org.token}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  const call = async <R extends Route>(route: R, params: Record<string, string> = {}, body?: unknown): Promise<z.output<R["response"]>> => {
    const response = await raw(route, params, body);
    const json: unknown = await response.json();
    if (response.status !== (route.status ?? 200)) throw new Error(`${route.path} answered ${response.status}: ${JSON.stringify(json)}`);
    return route.response.parse(json) as z.output<R["response"]>;
  };
  return { raw, call };
}

describe("the API of installs and workflows", () => {
  it("carries an install from its creation through approvals to its end, as the contract says", async () => {
    await using fixture = await createFixture(app);
    const { call, raw } = createClient(fixture);
    const { installId } = fixture;
    await call(installsContract["installs.create"], {}, { appId: fixture.appId, name: "second" });
    expect((await call(installsContract["installs.list"])).items).toHaveLength(2);

    const operation = { type: "provision" };
    const preview = await call(workflowsContract["workflows.preview"], { installId }, { operation });
    const workflow = await call(workflowsContract["workflows.start"], { installId }, { operation });
    expect(workflow.steps.map(({ key }) => key)).toEqual(preview.steps.map(({ key }) => key));
    const workflowId = workflow.id;
    await fixture.finish(workflowId, "sandbox/plan");
    const [asked] = (await call(approvalsContract["approvals.list"])).items;
    await call(approvalsContract["approvals.get"], { approvalId: asked?.id ?? "" });
    const stale = await raw(
      approvalsContract["approvals.decide"],
      { approvalId: asked?.id ?? "" },
      { decision: "approve", digest: "sha256:old" },
    );
    expect([stale.status, ((await stale.json()) as { code: string }).code]).toEqual([409, "approval_stale"]);
    await call(approvalsContract["approvals.decide"], { approvalId: asked?.id ?? "" }, { decision: "approve_all", digest: asked?.digest });
    await call(workflowsContract["workflows.explain"], { workflowId });
    await fixture.finish(workflowId, "sandbox/apply", { failure: { reason: "terraform_failed", detail: "Error: no" } });
    const failed = await call(workflowsContract["workflows.get"], { workflowId });
    expect(failed.steps[1]).toMatchObject({ state: "failed", retryable: true, skippable: false });
    await call(workflowsContract["workflows.retryStep"], { workflowId, stepId: failed.steps[1]?.id ?? "" });
    for (const target of ["sandbox", "component:db"]) {
      await fixture.finish(workflowId, `${target}/plan`);
      await fixture.finish(workflowId, `${target}/apply`, { outputs: { host: "h" }, sensitive: { token: "s3cret" } });
    }
    expect((await call(workflowsContract["workflows.get"], { workflowId })).state).toBe("succeeded");

    const run = await call(actionsContract["actions.run"], { installId, action: "check" }, { env: { A: "1" } });
    await fixture.finish(run.workflowId ?? "", "action:check/manual");
    await call(actionsContract["actions.runs.get"], { runId: run.id });
    expect((await call(actionsContract["actions.runs.list"], { installId })).items).toHaveLength(1);
    expect((await call(actionsContract["actions.list"], { installId })).items[0]).toMatchObject({
      isHealthCheck: true,
      health: { health: "healthy" },
    });

    const update = await call(installsContract["installs.inputs.update"], { installId }, { values: { size: "large" } });
    await call(workflowsContract["workflows.cancel"], { workflowId: update.workflowId ?? "" }, { reason: "changed my mind" });
    expect((await call(workflowsContract["workflows.list"])).items.map(({ state }) => state)).toEqual([
      "cancelled",
      "succeeded",
      "succeeded",
    ]);
    await call(installsContract["installs.inputs.get"], { installId });
    const state = await call(installsContract["installs.state.get"], { installId });
    expect(JSON.stringify(state)).not.toContain("s3cret");
    await call(installsContract["installs.state.versions"], { installId });
    await call(installsContract["installs.setApproveAll"], { installId }, { enabled: true });
    const install = await call(installsContract["installs.get"], { installId });
    expect(install).toMatchObject({
      state: "active",
      health: { health: "healthy" },
      targets: [{ target: "component:db" }, { sensitiveOutputs: ["token"] }],
    });
    await call(installsContract["installs.health"], { installId });
    expect((await call(eventsContract["events.list"])).items[0]?.event).toBe("approve_all_on");
    await call(installsContract["installs.forget"], { installId }, { name: "customer" });
    expect((await raw(installsContract["installs.get"], { installId })).status).toBe(404);
  });

  it("streams a workflow's events, ends with it, and resumes after the last one that was seen", async () => {
    await using fixture = await createFixture({});
    const { call, raw } = createClient(fixture);
    const { id: workflowId } = await call(
      workflowsContract["workflows.start"],
      { installId: fixture.installId },
      { operation: { type: "provision" }, approveAll: true },
    );
    await fixture.finish(workflowId, "sandbox/plan", { plan: { hasChanges: false } });
    const follow = async (lastEventId?: string): Promise<{ id: string; event: string }[]> => {
      const response = await raw(
        eventsContract["workflows.events"],
        { workflowId },
        undefined,
        lastEventId === undefined ? {} : { "last-event-id": lastEventId },
      );
      const text = await response.text();
      return [...text.matchAll(/^id: (\d+)\nevent: (.+)$/gm)].map(([, id = "", event = ""]) => ({ id, event }));
    };
    const all = await follow();
    expect(all[0]?.event).toBe("workflow.created");
    expect(all.at(-1)?.event).toBe("workflow.succeeded");
    expect(await follow(all[2]?.id)).toEqual(all.slice(3));
    expect((await raw(eventsContract["workflows.events"], { workflowId }, undefined, { "last-event-id": "x" })).status).toBe(400);
    expect((await raw(eventsContract["workflows.events"], { workflowId: "wflnone" })).status).toBe(404);
  });
});
