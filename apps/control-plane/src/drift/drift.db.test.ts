import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { diffState } from "../installs/get-state.ts";
import { updateSettings } from "../installs/settings.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";
import { componentBase, createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { remediateDrifts } from "./remediate.ts";
import { listDrifts } from "./list.ts";
import { findDueDrift, tickDrift } from "./tick.ts";

const start = async (fixture: Fixture, operation: StartInput["operation"], more: Partial<StartInput> = {}): Promise<string> =>
  (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation, ...more } })).workflowId;
const list = async (fixture: Fixture, state: "open" | "cleared" | "all" = "open") =>
  (await listDrifts({ ctx: fixture.ctx, input: { limit: 50, state } })).items;

async function provisioned(small: Parameters<typeof createFixture>[0]): Promise<Fixture> {
  const fixture = await createFixture(small, { approveAll: true });
  const workflow = await start(fixture, { type: "provision" });
  for (const target of ["sandbox", ...(small.components ?? []).map(({ name }) => `component:${name}`)])
    for (const step of ["plan", "apply"]) await fixture.finish(workflow, `${target}/${step}`);
  return fixture;
}

const check = { type: "drift_check", targets: [] } as const satisfies StartInput["operation"];

describe("a drift check", () => {
  it("plans what stands with the build and the config it was deployed with, applies nothing and asks nobody", async () => {
    await using fixture = await provisioned({ components: [{ name: "db", vars: { size: "small" } }] });
    await fixture.addConfig({ components: [{ name: "db", vars: { size: "large" } }] });
    // A newer config alone is no drift, even where the install's pin has moved to it.
    await fixture.ctx.db
      .updateTable("installs")
      .set({
        app_config_id: (await fixture.ctx.db.selectFrom("app_configs").select("id").orderBy("version", "desc").executeTakeFirstOrThrow())
          .id,
      })
      .execute();
    const workflow = await start(fixture, check);
    expect(await fixture.states(workflow)).toEqual({ "sandbox/plan": "running", "component:db/plan": "running" });
    expect((await fixture.spec(workflow, "component:db/plan")).spec).toMatchObject({
      kind: "terraform.plan",
      vars: { size: "small" },
      destroy: false,
    });
    await fixture.finish(workflow, "sandbox/plan", { plan: { hasChanges: false } });
    await fixture.finish(workflow, "component:db/plan", { plan: { create: 0, delete: 1 } });
    expect(await fixture.workflow(workflow)).toMatchObject({ state: "succeeded", planOnly: true });
    expect(await list(fixture)).toMatchObject([
      { target: "component:db", state: "open", kind: "resources", workflowId: workflow, plan: { delete: 1 } },
    ]);
  });

  it("opens one record per target, which follows later checks and is cleared by one that finds nothing", async () => {
    await using fixture = await provisioned({ components: [] });
    const checked = async (plan: object): Promise<void> => fixture.finish(await start(fixture, check), "sandbox/plan", { plan });
    await checked({ create: 0, update: 1 });
    const [first] = await list(fixture);
    await checked({ create: 0, update: 0, outputsChanged: ["url"] });
    expect(await list(fixture)).toMatchObject([{ id: first?.id, kind: "outputs", detectedAt: first?.detectedAt }]);
    await checked({ hasChanges: false, create: 0 });
    expect(await list(fixture)).toEqual([]);
    expect(await list(fixture, "cleared")).toMatchObject([{ id: first?.id, clearedBy: "a check that found no difference" }]);
    const events = await fixture.ctx.db.selectFrom("events").select("event").where("subject_kind", "=", "drift").orderBy("id").execute();
    expect(events.map(({ event }) => event)).toEqual(["detected", "cleared"]);
  });

  it("of what does not stand is refused by name", async () => {
    await using fixture = await createFixture({ components: [{ name: "db" }] });
    await expect(start(fixture, check)).rejects.toMatchObject({
      code: "state_conflict",
      message: "Nothing stands on this install, so nothing can have drifted",
    });
    await expect(start(fixture, { type: "drift_check", targets: ["component:db"] })).rejects.toMatchObject({
      message: expect.stringContaining("component:db does not stand") as unknown,
    });
  });
});

describe("drift that is to be put back", () => {
  it("starts one deploy, whose plan waits for a person; the deploy clears the record", async () => {
    await using fixture = await provisioned({ components: [{ name: "db" }] });
    const { ctx, installId } = fixture;
    await updateSettings({ ctx, input: { installId, change: { driftRemediation: "plan" } } });
    await ctx.db.updateTable("installs").set({ approve_all: false }).execute();
    const target = { type: "drift_check", targets: ["component:db"] } as const;
    await fixture.finish(await start(fixture, { ...target, targets: [...target.targets] }), "component:db/plan", {
      plan: { create: 0, update: 1 },
    });
    expect(await remediateDrifts(fixture.system)).toBe(1);
    expect(await remediateDrifts(fixture.system)).toBe(0);
    const [drift] = await list(fixture);
    const remediation = drift?.remediationId ?? "";
    await fixture.finish(remediation, "component:db/plan");
    const { id, digest } = await fixture.pendingApproval(remediation, "component:db/plan");
    await decideApproval({ ctx, input: { approvalId: id, decision: "approve", scope: "workflow", digest } });
    await fixture.finish(remediation, "component:db/apply");
    expect(await list(fixture, "all")).toMatchObject([{ id: drift?.id, state: "cleared", clearedBy: `workflow ${remediation} (applied)` }]);
  });
});

describe("scheduled drift checks", () => {
  it("look at what is due and stands, once at a time, and follow the config", async () => {
    await using fixture = await createFixture(
      {
        components: [],
        others: [
          {
            ...componentBase("db"),
            type: "terraform_module",
            terraformVersion: "1.11.4",
            repo: { kind: "public", repo: "acme/app", directory: ".", branch: "main" },
            vars: {},
            envVars: {},
            varFiles: [],
            driftSchedule: "*/10 * * * *",
          },
        ],
      },
      { approveAll: true },
    );
    const { system, ctx, installId } = fixture;
    const workflow = await start(fixture, { type: "provision" });
    for (const step of ["sandbox/plan", "sandbox/apply", "component:db/plan", "component:db/apply"]) await fixture.finish(workflow, step);
    expect(await findDueDrift(system)).toEqual([]);
    const later = { ...system, now: () => new Date(Date.now() + 600_000) };
    const [due] = await findDueDrift(later);
    expect(due).toEqual({ installId, orgId: ctx.orgId });
    expect(await tickDrift(later, due ?? { installId: "", orgId: "" })).toBe(true);
    expect(await findDueDrift(later)).toEqual([]);
    const checks = () => ctx.db.selectFrom("workflows").select(["id", "params"]).where("operation", "=", "drift_check").execute();
    expect((await checks()).map(({ params }) => params)).toEqual([{ targets: ["component:db"] }]);
    // The next time comes while the check is still open: it is let go, and says why.
    const muchLater = { ...system, now: () => new Date(Date.now() + 1_300_000) };
    expect(await tickDrift(muchLater, { installId, orgId: ctx.orgId })).toBe(false);
    expect(await checks()).toHaveLength(1);
    expect(await ctx.db.selectFrom("drift_schedules").select("held").execute()).toEqual([
      { held: expect.stringMatching(/has not ended yet/) as unknown },
    ]);
    // A config without the schedule ends it.
    await fixture.addConfig({ components: [{ name: "db" }] });
    await start(fixture, { type: "deploy_all" }, { appConfig: "latest" });
    expect(await ctx.db.selectFrom("drift_schedules").selectAll().execute()).toEqual([]);
  });
});

describe("the state of an install", () => {
  it("tells what changed from version to version", async () => {
    await using fixture = await provisioned({ components: [] });
    const { ctx, installId } = fixture;
    const diff = await diffState({ ctx, input: { installId } });
    expect(diff).toMatchObject({
      cause: "sandbox applied",
      differences: expect.arrayContaining([{ path: "/sandbox/status", before: "inactive", after: "active" }]) as unknown,
    });
    expect((await diffState({ ctx, input: { installId, from: diff.to, to: diff.to } })).differences).toEqual([]);
    await expect(diffState({ ctx, input: { installId, from: 99 } })).rejects.toMatchObject({ code: "not_found" });
  });
});
