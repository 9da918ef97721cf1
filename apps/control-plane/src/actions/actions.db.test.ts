import { describe, expect, it } from "vitest";
import { getInstall } from "../installs/get.ts";
import { forgetInstall } from "../installs/forget.ts";
import { startWorkflow } from "../workflows/start.ts";
import { createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { getRun } from "./get-run.ts";
import { listRuns } from "./list-runs.ts";
import { listActions } from "./list.ts";
import { runAction } from "./run.ts";
import { tickSchedule } from "./tick.ts";

const cron = "*/5 * * * *";
const checked = { actions: [{ name: "check", triggers: [{ type: "cron", cronSchedule: cron }] }] };

async function provision(fixture: Fixture): Promise<void> {
  const { workflowId } = await startWorkflow({
    ctx: fixture.ctx,
    input: { installId: fixture.installId, operation: { type: "provision" }, approveAll: true },
  });
  await fixture.finish(workflowId, "sandbox/plan");
  await fixture.finish(workflowId, "sandbox/apply", { outputs: { host: "h1" } });
}

const tick = (fixture: Fixture, system = fixture.system): Promise<boolean> =>
  tickSchedule({ system, input: { installId: fixture.installId, action: "check", cron } });

const overdue = (fixture: Fixture): Promise<unknown> =>
  fixture.system.db
    .updateTable("action_schedules")
    .set({ next_tick_at: new Date(Date.now() - 24 * 3600_000) })
    .execute();

describe("running an action", () => {
  it("queues its job at once, rendered, with the caller's environment winning and none of it in the clear", async () => {
    await using fixture = await createFixture({
      actions: [
        {
          name: "greet",
          steps: [
            { name: "say", inlineContents: "echo {{ .nuon.install.name }}", envVars: { NAME: "{{ .nuon.install.id }}", TONE: "kind" } },
          ],
        },
      ],
    });
    const run = await runAction({
      ctx: fixture.ctx,
      input: { installId: fixture.installId, action: "greet", env: { TONE: "s3cret-tone" } },
    });
    expect(run).toMatchObject({ state: "running", trigger: "manual" });
    const { spec } = await fixture.spec(run.workflowId ?? "", "action:greet/manual");
    expect(spec).toMatchObject({
      kind: "action.run",
      runId: run.id,
      envVars: { TRIGGER_TYPE: "manual", NUON_INSTALL_ID: fixture.installId, NUON_APP_ID: fixture.appId, BERTH_APP_ID: fixture.appId },
      steps: [{ name: "say", inlineContents: "echo customer", envVars: { NAME: fixture.installId, TONE: "s3cret-tone" } }],
    });
    await fixture.finish(run.workflowId ?? "", "action:greet/manual", { outputs: { said: "hello" } });
    expect(await getRun({ ctx: fixture.ctx, input: { runId: run.id } })).toMatchObject({ state: "succeeded", outputs: { said: "hello" } });
    const rows = await Promise.all([
      fixture.system.db.selectFrom("workflows").select("params").execute(),
      fixture.system.db.selectFrom("steps").select("params").execute(),
      fixture.system.db.selectFrom("events").select("data").execute(),
    ]);
    expect(JSON.stringify(rows)).not.toContain("s3cret-tone");
  });

  it("around a component tells its name and id", async () => {
    await using fixture = await createFixture({
      components: [{ name: "api" }],
      actions: [{ name: "warn", triggers: [{ type: "pre-deploy-component", componentName: "api" }] }],
    });
    const { orgId, db } = fixture.ctx;
    await db
      .insertInto("components")
      .values({ id: "cmp1", org_id: orgId, app_id: fixture.appId, name: "api", type: "terraform_module" })
      .execute();
    const { workflowId } = await startWorkflow({
      ctx: fixture.ctx,
      input: { installId: fixture.installId, operation: { type: "provision" }, approveAll: true },
    });
    await fixture.finish(workflowId, "sandbox/plan");
    await fixture.finish(workflowId, "sandbox/apply", { outputs: { host: "h1" } });
    const { spec } = await fixture.spec(workflowId, "action:warn/pre-deploy-component:api");
    expect(spec).toMatchObject({
      envVars: { TRIGGER_TYPE: "pre-deploy-component", COMPONENT_NAME: "api", COMPONENT_ID: "cmp1" },
    });
  });

  it("that the app does not have is refused, naming those it has", async () => {
    await using fixture = await createFixture(checked);
    await expect(runAction({ ctx: fixture.ctx, input: { installId: fixture.installId, action: "chekc", env: {} } })).rejects.toMatchObject({
      code: "not_found",
      meta: { actions: ["check"] },
    });
  });
});

describe("a schedule", () => {
  it("begins when the install is active, and a missed tick runs once, not many times", async () => {
    await using fixture = await createFixture(checked);
    expect(await tick(fixture)).toBe(false);
    await provision(fixture);
    expect(await tick(fixture)).toBe(false);
    await overdue(fixture);
    const replicas = [fixture.system, fixture.system.replica(), fixture.system.replica()];
    const started = await Promise.all(replicas.flatMap((system) => [tick(fixture, system), tick(fixture, system)]));
    expect(started.filter(Boolean)).toHaveLength(1);
    expect((await listRuns({ ctx: fixture.ctx, input: { installId: fixture.installId, limit: 10 } })).items).toHaveLength(1);
  });

  it("lets a tick go while the last run has not ended, and never waits for an approval of a workflow", async () => {
    await using fixture = await createFixture(checked);
    await provision(fixture);
    const { workflowId } = await startWorkflow({
      ctx: fixture.ctx,
      input: { installId: fixture.installId, operation: { type: "provision" } },
    });
    await fixture.finish(workflowId, "sandbox/plan");
    await overdue(fixture);
    expect(await tick(fixture)).toBe(true);
    const [run] = (await listRuns({ ctx: fixture.ctx, input: { installId: fixture.installId, limit: 1 } })).items;
    expect(run?.state).toBe("running");
    await overdue(fixture);
    expect(await tick(fixture)).toBe(false);
    await fixture.finish(run?.workflowId ?? "", "action:check/cron");
    await overdue(fixture);
    expect(await tick(fixture)).toBe(true);
  });

  it("ends with the install", async () => {
    await using fixture = await createFixture(checked);
    await provision(fixture);
    expect((await listActions({ ctx: fixture.ctx, input: fixture })).items[0]?.nextTickAt).toBeDefined();
    await expect(forgetInstall({ ctx: fixture.ctx, input: { installId: fixture.installId, name: "other" } })).rejects.toMatchObject({
      code: "conflict",
    });
    await forgetInstall({ ctx: fixture.ctx, input: { installId: fixture.installId, name: "customer" } });
    expect(await tick(fixture)).toBe(false);
    await expect(getInstall({ ctx: fixture.ctx, input: fixture })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("health", () => {
  it("follows the last run of each check, and says since when and why", async () => {
    await using fixture = await createFixture(checked);
    const health = async () => (await getInstall({ ctx: fixture.ctx, input: fixture })).health;
    expect(await health()).toMatchObject({ health: "unknown" });
    const run = async (failure?: { reason: "action_failed"; detail: string }): Promise<string | undefined> => {
      const { id, workflowId } = await runAction({ ctx: fixture.ctx, input: { installId: fixture.installId, action: "check", env: {} } });
      await fixture.finish(workflowId ?? "", "action:check/manual", failure ? { failure } : {});
      return (await getRun({ ctx: fixture.ctx, input: { runId: id } })).finishedAt;
    };
    const first = await run();
    await run();
    expect(await health()).toMatchObject({ health: "healthy", since: first });
    const failed = await run({ reason: "action_failed", detail: "503 from /healthz" });
    await run({ reason: "action_failed", detail: "503 from /healthz" });
    expect(await health()).toMatchObject({ health: "unhealthy", since: failed, why: "check: The last run failed: 503 from /healthz" });
    const again = await run();
    expect(await health()).toMatchObject({ health: "healthy", since: again });
  });
});
