import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { diffState } from "../installs/get-state.ts";
import { updateInputs } from "../installs/update-inputs.ts";
import { updateSettings } from "../installs/settings.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";
import { componentBase, createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { remediateDrifts } from "./remediate.ts";
import { listDriftSchedules } from "./list-schedules.ts";
import { listDrifts } from "./list.ts";
import { findDueDrift, holdDueDrift, tickDrift } from "./tick.ts";

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

  it("gives a plan the values that what stands was made with, whatever inputs and outputs have become", async () => {
    const small = {
      inputs: [{ name: "size", default: "small" }],
      components: [
        { name: "db" },
        {
          name: "web",
          dependencies: ["db"],
          vars: { size: "{{ .nuon.inputs.inputs.size }}", url: "{{ .nuon.components.db.outputs.url }}" },
        },
      ],
    };
    await using fixture = await createFixture(small, { approveAll: true });
    const { ctx, installId } = fixture;
    const first = await start(fixture, { type: "provision" });
    for (const step of ["sandbox/plan", "sandbox/apply", "component:db/plan"]) await fixture.finish(first, step);
    await fixture.finish(first, "component:db/apply", { outputs: { url: "db-1" } });
    for (const step of ["component:web/plan", "component:web/apply"]) await fixture.finish(first, step);
    await updateInputs({ ctx, input: { installId, values: { size: "large" }, deploy: false, planOnly: false, approveAll: false } });
    const again = await start(fixture, { type: "deploy", components: ["db"], withDependents: false });
    await fixture.finish(again, "component:db/plan");
    await fixture.finish(again, "component:db/apply", { outputs: { url: "db-2" } });

    const webOnly = { type: "drift_check" as const, targets: ["component:web"] };
    const checked = await start(fixture, webOnly);
    expect((await fixture.spec(checked, "component:web/plan")).spec).toMatchObject({ vars: { size: "small", url: "db-1" } });
    await fixture.finish(checked, "component:web/plan", { plan: { hasChanges: false, create: 0 } });

    // A plan that was only looked at changes nothing; one that is carried out is what stands from then on.
    const looked = await start(fixture, { type: "deploy", components: ["web"], withDependents: false }, { planOnly: true });
    await fixture.finish(looked, "component:web/plan");
    const before = await start(fixture, webOnly);
    expect((await fixture.spec(before, "component:web/plan")).spec).toMatchObject({ vars: { size: "small", url: "db-1" } });
    await fixture.finish(before, "component:web/plan", { plan: { hasChanges: false, create: 0 } });
    const deployed = await start(fixture, { type: "deploy", components: ["web"], withDependents: false });
    for (const step of ["component:web/plan", "component:web/apply"]) await fixture.finish(deployed, step);
    expect((await fixture.spec(await start(fixture, webOnly), "component:web/plan")).spec).toMatchObject({
      vars: { size: "large", url: "db-2" },
    });
  });

  it("tells what a release puts back from what only outputs say, and keeps no record of what nothing would change", async () => {
    await using fixture = await provisioned({ components: [] });
    const none = { create: 0, update: 0, replace: 0, delete: 0 };
    const checked = async (plan: object): Promise<string> => {
      const workflow = await start(fixture, check);
      await fixture.finish(workflow, "sandbox/plan", { plan });
      return workflow;
    };
    const seen = await checked({ ...none, hasChanges: false, drifted: 2 });
    expect(await list(fixture, "all")).toEqual([]);
    expect((await fixture.workflow(seen)).steps[0]?.note).toBe(
      "No changes; 2 objects differ from the state in what the config does not set",
    );
    await checked({ ...none, drifted: 1 });
    expect(await list(fixture)).toMatchObject([{ kind: "resources", plan: { drifted: 1 } }]);
    await checked({ ...none, drifted: 1, outputsChanged: ["url"] });
    expect(await list(fixture)).toMatchObject([{ kind: "outputs" }]);
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

describe("drift that is not put back", () => {
  it("is what only outputs say, and what an install's settings leave alone", async () => {
    await using fixture = await provisioned({ components: [] });
    const { ctx, installId, system } = fixture;
    await fixture.finish(await start(fixture, check), "sandbox/plan", { plan: { create: 0, update: 1 } });
    expect(await remediateDrifts(system)).toBe(0);
    await updateSettings({ ctx, input: { installId, change: { driftRemediation: "plan" } } });
    await fixture.finish(await start(fixture, check), "sandbox/plan", { plan: { create: 0, outputsChanged: ["url"] } });
    expect(await remediateDrifts(system)).toBe(0);
    await fixture.finish(await start(fixture, check), "sandbox/plan", { plan: { create: 0, update: 1 } });
    expect(await remediateDrifts(system)).toBe(1);
  });

  it("is not put back by policies alone: nobody has asked for the deploy, so a person looks at its plan", async () => {
    const db = {
      ...componentBase("db"),
      autoApproveOnPoliciesPassing: true,
      type: "terraform_module" as const,
      terraformVersion: "1.11.4",
      repo: { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" },
      vars: {},
      envVars: {},
      varFiles: [],
    };
    await using fixture = await createFixture({ others: [db] }, { approveAll: true });
    const { ctx, installId, system } = fixture;
    const first = await start(fixture, { type: "provision" });
    for (const step of ["sandbox/plan", "sandbox/apply", "component:db/plan", "component:db/apply"]) await fixture.finish(first, step);
    await updateSettings({ ctx, input: { installId, change: { driftRemediation: "plan" } } });
    await ctx.db.updateTable("installs").set({ approve_all: false }).execute();
    // What a person starts may go by policies.
    const deploy = await start(fixture, { type: "deploy", components: ["db"], withDependents: false });
    await fixture.finish(deploy, "component:db/plan", { plan: { create: 0, update: 1 } });
    await fixture.finish(deploy, "component:db/apply");
    await fixture.finish(await start(fixture, { type: "drift_check", targets: ["component:db"] }), "component:db/plan", {
      plan: { create: 0, update: 1 },
    });
    expect(await remediateDrifts(system)).toBe(1);
    const [drift] = await list(fixture);
    await fixture.finish(drift?.remediationId ?? "", "component:db/plan", { plan: { create: 0, update: 1 } });
    expect(await fixture.states(drift?.remediationId ?? "")).toMatchObject({ "component:db/plan": "awaiting_approval" });
  });
});

describe("scheduled drift checks", () => {
  const scheduled = (cron: string): NonNullable<Parameters<typeof createFixture>[0]["others"]>[number] => ({
    ...componentBase("db"),
    type: "terraform_module",
    terraformVersion: "1.11.4",
    repo: { kind: "public", repo: "acme/app", directory: ".", branch: "main" },
    vars: {},
    envVars: {},
    varFiles: [],
    driftSchedule: cron,
  });
  const withDb = async (cron: string, more: Partial<Parameters<typeof createFixture>[0]> = {}, inputs: Record<string, unknown> = {}) => {
    const fixture = await createFixture({ others: [scheduled(cron)], ...more }, { approveAll: true, inputs });
    const workflow = await start(fixture, { type: "provision" });
    for (const step of ["sandbox/plan", "sandbox/apply", "component:db/plan", "component:db/apply"]) await fixture.finish(workflow, step);
    return fixture;
  };
  const later = (fixture: Fixture, minutes: number) => ({ ...fixture.system, now: () => new Date(Date.now() + minutes * 60_000) });
  const schedules = async ({ ctx, installId }: Fixture) => (await listDriftSchedules({ ctx, input: { installId, limit: 50 } })).items;
  const checks = ({ ctx }: Fixture) =>
    ctx.db.selectFrom("workflows").select(["id", "params"]).where("operation", "=", "drift_check").orderBy("created_at").execute();

  it("look at what is due and stands, once at a time: the next one waits, says so, and is not lost", async () => {
    await using fixture = await withDb("*/10 * * * *");
    const { installId, ctx } = fixture;
    expect(await findDueDrift(fixture.system)).toEqual([]);
    const due = { installId, orgId: ctx.orgId };
    expect(await findDueDrift(later(fixture, 10))).toEqual([due]);
    expect(await tickDrift(later(fixture, 10), due)).toBe(true);
    expect(await findDueDrift(later(fixture, 10))).toEqual([]);
    const [first] = await checks(fixture);
    expect(first?.params).toEqual({ targets: ["component:db"] });
    expect(await schedules(fixture)).toMatchObject([{ target: "component:db", cron: "*/10 * * * *", lastCheckId: first?.id }]);

    expect(await findDueDrift(later(fixture, 25))).toEqual([]);
    expect(await tickDrift(later(fixture, 25), due)).toBe(false);
    expect(await holdDueDrift(later(fixture, 25))).toBe(1);
    expect(await holdDueDrift(later(fixture, 25))).toBe(0);
    expect(await schedules(fixture)).toMatchObject([{ held: `It waits for the end of the check ${first?.id}` }]);
    expect(await checks(fixture)).toHaveLength(1);

    await fixture.finish(first?.id ?? "", "component:db/plan", { plan: { hasChanges: false, create: 0 } });
    expect(await findDueDrift(later(fixture, 26))).toEqual([due]);
    expect(await tickDrift(later(fixture, 26), due)).toBe(true);
    const [schedule] = await schedules(fixture);
    expect(schedule).not.toHaveProperty("held");
    expect(schedule?.lastCheckId).not.toBe(first?.id);
  });

  it("follow the config: a new cron counts from now on, and one that is gone ends them", async () => {
    await using fixture = await withDb("*/10 * * * *");
    await fixture.addConfig({ others: [scheduled("0 3 * * *")] });
    const moved = await start(fixture, { type: "deploy_all" }, { appConfig: "latest" });
    expect(await schedules(fixture)).toMatchObject([{ cron: "0 3 * * *", nextAt: expect.stringMatching(/T03:00:00/) as unknown }]);
    for (const step of ["component:db/plan", "component:db/apply"]) await fixture.finish(moved, step);
    await fixture.addConfig({ components: [{ name: "db" }] });
    await start(fixture, { type: "deploy_all" }, { appConfig: "latest" });
    expect(await schedules(fixture)).toEqual([]);
  });

  it("may come from an input; one that can't be read never comes, says why, and stops nothing else", async () => {
    await using fixture = await withDb(
      "{{ .nuon.inputs.inputs.when }}",
      { inputs: [{ name: "when", default: "" }] },
      { when: "every now and then" },
    );
    const { ctx, installId } = fixture;
    const [bad] = await schedules(fixture);
    expect(bad).toMatchObject({
      held: expect.stringMatching(/^drift_schedule of component:db \(components\/db\.toml\): "every now and then" is no cron/) as unknown,
    });
    expect(bad).not.toHaveProperty("nextAt");
    const set = (when: string) =>
      updateInputs({ ctx, input: { installId, values: { when }, deploy: false, planOnly: false, approveAll: false } });
    await set("0 4 * * *");
    const [good] = await schedules(fixture);
    expect(good).toMatchObject({ cron: "0 4 * * *", nextAt: expect.stringMatching(/T04:00:00/) as unknown });
    expect(good).not.toHaveProperty("held");
    await set("");
    expect(await schedules(fixture)).toEqual([]);
  });

  it("of what does not stand are let go, with the reason", async () => {
    await using fixture = await withDb("*/10 * * * *");
    const { ctx, installId } = fixture;
    const gone = await start(fixture, { type: "teardown", components: ["db"], withDependents: false });
    for (const step of ["plan-teardown", "teardown"]) await fixture.finish(gone, `component:db/${step}`);
    expect(await tickDrift(later(fixture, 10), { installId, orgId: ctx.orgId })).toBe(false);
    expect(await schedules(fixture)).toMatchObject([{ held: "component:db does not stand" }]);
    expect(await checks(fixture)).toEqual([]);
  });

  it("belong to their vendor alone", async () => {
    await using fixture = await withDb("*/10 * * * *");
    const { installId } = fixture;
    const stranger = { ...fixture.ctx, orgId: "org_other" };
    await expect(listDriftSchedules({ ctx: stranger, input: { installId, limit: 50 } })).rejects.toMatchObject({ code: "not_found" });
    await fixture.finish(await start(fixture, check), "sandbox/plan", { plan: { create: 1 } });
    expect(await list(fixture)).toHaveLength(1);
    expect((await listDrifts({ ctx: stranger, input: { limit: 50, state: "all" } })).items).toEqual([]);
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
