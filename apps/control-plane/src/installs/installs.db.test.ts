import { describe, expect, it } from "vitest";
import { getRun } from "../actions/get-run.ts";
import { installHealth } from "../health/get-install.ts";
import { listRuns } from "../actions/list-runs.ts";
import { listActions } from "../actions/list.ts";
import { runAction } from "../actions/run.ts";
import { decideApproval } from "../approvals/decide.ts";
import { getApproval } from "../approvals/get.ts";
import { listApprovals } from "../approvals/list.ts";
import { listEvents } from "../events/list.ts";
import { createTestOrg } from "../testing/system.ts";
import { cancelWorkflow } from "../workflows/cancel.ts";
import { explainWorkflow, getWorkflow } from "../workflows/get.ts";
import { listWorkflows } from "../workflows/list.ts";
import { retryStep } from "../workflows/retry-step.ts";
import { setWorkflowApproveAll } from "../workflows/set-approve-all.ts";
import { skipStep } from "../workflows/skip-step.ts";
import { previewWorkflow, startWorkflow } from "../workflows/start.ts";
import { createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { createInstall } from "./create.ts";
import { forgetInstall } from "./forget.ts";
import { getInputs } from "./get-inputs.ts";
import { getState, listStateVersions } from "./get-state.ts";
import { getInstall } from "./get.ts";
import { listInstalls } from "./list.ts";
import { setInstallApproveAll } from "./set-approve-all.ts";
import { updateInputs } from "./update-inputs.ts";

const app = {
  components: [
    { name: "db", inputs: ["size"], vars: { size: "{{ .nuon.inputs.inputs.size }}" } },
    { name: "web", inputs: ["title"] },
  ],
  inputs: [
    { name: "size", default: "small" },
    { name: "title", default: "Hi" },
    { name: "key", sensitive: true },
  ],
};

async function provision(fixture: Fixture): Promise<void> {
  const { workflowId } = await startWorkflow({
    ctx: fixture.ctx,
    input: { installId: fixture.installId, operation: { type: "provision" }, approveAll: true },
  });
  for (const target of ["sandbox", "component:db", "component:web"]) {
    await fixture.finish(workflowId, `${target}/plan`);
    await fixture.finish(workflowId, `${target}/apply`);
  }
}

const update = (fixture: Fixture, values: Record<string, unknown>) =>
  updateInputs({ ctx: fixture.ctx, input: { installId: fixture.installId, values, deploy: true, planOnly: false, approveAll: false } });

describe("a new install", () => {
  it("tells what to hand to the customer, once, and takes its name", async () => {
    await using fixture = await createFixture(app);
    const input = { appId: "app", name: "acme-eu", inputs: {}, labels: { tier: "gold" }, approveAll: false };
    const { install, enrolment } = await createInstall({ ctx: fixture.ctx, input });
    expect(install).toMatchObject({ state: "created", labels: { tier: "gold" }, appConfigId: fixture.configId });
    expect(enrolment.commandLine).toContain(`berth-runner enroll --url ${fixture.system.settings.publicUrl} --token ${enrolment.token}`);
    expect(enrolment.dockerRun).toContain(`BERTH_ENROLL_TOKEN=${enrolment.token}`);
    const stored = await fixture.system.db.selectFrom("enrolment_tokens").selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(enrolment.token);
    await expect(createInstall({ ctx: fixture.ctx, input })).rejects.toMatchObject({ code: "name_taken" });
    await expect(createInstall({ ctx: fixture.ctx, input: { ...input, name: "b", inputs: { nope: 1 } } })).rejects.toMatchObject({
      code: "invalid_inputs",
    });
    expect((await listInstalls({ ctx: fixture.ctx, input: { limit: 1 } })).next).toBeDefined();
  });
});

describe("an input update", () => {
  it("redeploys what the changed inputs reach and nothing else; nothing changed starts nothing", async () => {
    await using fixture = await createFixture(app);
    expect(await update(fixture, { size: "large" })).toEqual({ version: 2, changed: ["size"] });
    await provision(fixture);
    const { changed, workflowId = "" } = await update(fixture, { size: "huge", title: "Hi" });
    expect(changed).toEqual(["size"]);
    expect(Object.keys(await fixture.states(workflowId))).toEqual(["component:db/plan", "component:db/apply"]);
    expect((await fixture.spec(workflowId, "component:db/plan")).spec).toMatchObject({ vars: { size: "huge" } });
    expect(await update(fixture, { size: "huge" })).toEqual({ version: 3, changed: [] });
  });

  it("keeps sensitive values encrypted and never shows them", async () => {
    await using fixture = await createFixture(app);
    await update(fixture, { key: "tr0ub4dor" });
    const inputs = await getInputs({ ctx: fixture.ctx, input: fixture });
    expect(inputs).toMatchObject({ version: 2, values: { size: "small", title: "Hi" }, sensitive: ["key"] });
    const rows = await fixture.system.db.selectFrom("install_inputs").select(["plain", "sensitive_enc"]).execute();
    expect(JSON.stringify(rows.map((row) => [row.plain, row.sensitive_enc?.toString("latin1")]))).not.toContain("tr0ub4dor");
  });
});

describe("what belongs to one org", () => {
  it("is not found by another, whatever is asked of it", async () => {
    await using fixture = await createFixture({ ...app, actions: [{ name: "check" }] });
    const { ctx, installId } = fixture;
    const { workflowId } = await startWorkflow({ ctx, input: { installId, operation: { type: "provision" } } });
    await fixture.finish(workflowId, "sandbox/plan");
    const { id: approvalId, digest } = await fixture.pendingApproval(workflowId, "sandbox/plan");
    const { id: runId } = await runAction({ ctx, input: { installId, action: "check", env: {} } });
    const stepId = (await getWorkflow({ ctx, input: { workflowId } })).steps[0]?.id ?? "";
    const other = fixture.system.ctx((await createTestOrg(fixture.system)).id);

    const page = { limit: 10 };
    const asked: Record<string, () => Promise<unknown>> = {
      "get install": () => getInstall({ ctx: other, input: { installId } }),
      "create install": () =>
        createInstall({ ctx: other, input: { appId: fixture.appId, name: "x", inputs: {}, labels: {}, approveAll: false } }),
      "approve all of install": () => setInstallApproveAll({ ctx: other, input: { installId, enabled: true } }),
      "forget install": () => forgetInstall({ ctx: other, input: { installId, name: "customer" } }),
      "get inputs": () => getInputs({ ctx: other, input: { installId } }),
      "update inputs": () =>
        updateInputs({ ctx: other, input: { installId, values: {}, deploy: true, planOnly: false, approveAll: false } }),
      "get state": () => getState({ ctx: other, input: { installId } }),
      "list states": () => listStateVersions({ ctx: other, input: { installId, ...page } }),
      health: () => installHealth({ ctx: other, input: { installId } }),
      "list actions": () => listActions({ ctx: other, input: { installId } }),
      "run action": () => runAction({ ctx: other, input: { installId, action: "check", env: {} } }),
      "list runs": () => listRuns({ ctx: other, input: { installId, ...page } }),
      "get run": () => getRun({ ctx: other, input: { runId } }),
      "start workflow": () => startWorkflow({ ctx: other, input: { installId, operation: { type: "provision" } } }),
      "preview workflow": () => previewWorkflow({ ctx: other, input: { installId, operation: { type: "provision" } } }),
      "get workflow": () => getWorkflow({ ctx: other, input: { workflowId } }),
      "explain workflow": () => explainWorkflow({ ctx: other, input: { workflowId } }),
      "cancel workflow": () => cancelWorkflow({ ctx: other, input: { workflowId, reason: "" } }),
      "approve all of workflow": () => setWorkflowApproveAll({ ctx: other, input: { workflowId, enabled: true } }),
      "retry step": () => retryStep({ ctx: other, input: { workflowId, stepId } }),
      "skip step": () => skipStep({ ctx: other, input: { workflowId, stepId, note: "" } }),
      "get approval": () => getApproval({ ctx: other, input: { approvalId } }),
      "decide approval": () => decideApproval({ ctx: other, input: { approvalId, decision: "approve", scope: "workflow", digest } }),
    };
    const answers: Record<string, unknown> = {};
    for (const [what, ask] of Object.entries(asked))
      answers[what] = await ask().then(
        () => "found",
        (error: { code?: string }) => error.code,
      );
    expect(answers).toEqual(Object.fromEntries(Object.keys(asked).map((what) => [what, "not_found"])));

    const lists = [
      listInstalls({ ctx: other, input: page }),
      listWorkflows({ ctx: other, input: { ...page, installId } }),
      listApprovals({ ctx: other, input: { ...page, state: "all", workflowId } }),
      listEvents({ ctx: other, input: { ...page, installId } }),
    ];
    for (const list of lists) expect((await list).items).toEqual([]);
    expect((await getWorkflow({ ctx, input: { workflowId } })).state).toBe("awaiting_approval");
  });
});
