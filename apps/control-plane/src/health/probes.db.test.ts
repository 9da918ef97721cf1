import { describe, expect, it } from "vitest";
import { startWorkflow } from "../workflows/start.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { syncProbes } from "./sync-probes.ts";
import { finishJob } from "../jobs/finish.ts";
import { openSpec } from "../jobs/spec.ts";
import { componentBase, createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { componentHealth } from "./get.ts";
import { reportCheck } from "./report-check.ts";
import { tickProbes } from "./tick-probes.ts";

const repo = { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" };
const health = { enabled: true, stabilizationWindowSeconds: 60, blockDeploy: true, requiredChecks: [] };
const api = {
  ...componentBase("api"),
  type: "terraform_module" as const,
  terraformVersion: "1.11.4",
  repo,
  vars: {},
  envVars: {},
  varFiles: [],
  health: {
    ...health,
    probes: [
      { type: "http" as const, name: "ready", url: "http://{{ .nuon.install.name }}.test/healthz" },
      { type: "tcp" as const, name: "port", url: "nowhere" },
    ],
  },
};

/** An install whose component stands and whose runner can make probes. */
async function standing(): Promise<Fixture & { runnerId: string }> {
  const fixture = await createFixture({ others: [api] });
  const { ctx, installId } = fixture;
  const capabilities = JSON.stringify({ os: "linux", arch: "x64", node: "24", kinds: ["health.probe"], tools: {} });
  const { id: runnerId } = await ctx.db.updateTable("runners").set({ capabilities }).returning("id").executeTakeFirstOrThrow();
  await ctx.db
    .insertInto("install_targets")
    .values({ install_id: installId, org_id: ctx.orgId, target: "component:api", state: "active" })
    .execute();
  await syncProbes(ctx, installId);
  return { ...fixture, runnerId };
}
const jobs = (fixture: Fixture) =>
  fixture.ctx.db.selectFrom("jobs").selectAll().where("kind", "=", "health.probe").orderBy("created_at").execute();
const at = (fixture: Fixture, seconds: number) => ({ ...fixture.system, now: () => new Date(Date.now() + seconds * 1000) });

/** The runner takes the job and says what it saw. */
async function answer(fixture: Fixture & { runnerId: string }, jobId: string, probes: object[]): Promise<void> {
  const { ctx, runnerId } = fixture;
  await ctx.db.updateTable("jobs").set({ state: "running", epoch: 1, accepted_at: new Date() }).where("id", "=", jobId).execute();
  const time = new Date().toISOString();
  const outputs = { probes: { value: probes, sensitive: false } };
  await finishJob({
    ctx,
    input: { runnerId, jobId, epoch: 1, result: { outcome: "succeeded", outputs, logBytes: 0, startedAt: time, finishedAt: time } },
  });
}

describe("the probes of an install", () => {
  it("are given to its runner every minute, one job at a time, and what they see is what a check says", async () => {
    await using fixture = await standing();
    const { ctx, system, installId } = fixture;
    await tickProbes(system);
    await tickProbes(system);
    const [job, more] = await jobs(fixture);
    expect(more).toBeUndefined();
    if (!job) throw new Error("there is no job");
    expect(openSpec(system.vault, job.id, job.spec_enc).spec).toMatchObject({
      probes: [{ type: "http", component: "api", name: "ready", url: "http://customer.test/healthz" }],
    });
    const shown = async () =>
      (await componentHealth({ ctx, input: fixture })).items.map(({ component, verdict, why }) => [component, verdict, why]);
    expect(await shown()).toEqual([["api", "unhealthy", expect.stringContaining("port: it can't be made")]]);
    // The first has not ended.
    await tickProbes(at(fixture, 61));
    expect(await jobs(fixture)).toHaveLength(1);

    await answer(fixture, job.id, [
      { component: "api", name: "ready", healthy: false, why: "GET /healthz answered 502" },
      { component: "api", name: "not in the config", healthy: false, why: "" },
    ]);
    const checks = await ctx.db.selectFrom("health_checks").select(["name", "status", "message", "reported_by"]).orderBy("name").execute();
    expect(checks).toMatchObject([
      { name: "port", status: "unhealthy", reported_by: "probe" },
      { name: "ready", status: "unhealthy", message: "GET /healthz answered 502", reported_by: "probe" },
    ]);
    // The next one takes its place: what it saw is kept, the job is not.
    await tickProbes(at(fixture, 122));
    const [next, other] = await jobs(fixture);
    expect([next?.id === job.id, other]).toEqual([false, undefined]);
    for (const [table, column] of [
      ["log_streams", "job_id"],
      ["job_attempts", "job_id"],
      ["events", "subject_id"],
    ] as const)
      expect([
        table,
        await ctx.db
          .selectFrom(table)
          .select("org_id")
          .where(column as never, "=", job.id as never)
          .execute(),
      ]).toEqual([table, []]);
    expect(await shown()).toEqual([["api", "unhealthy", expect.any(String)]]);
    const named = { installId, component: "api", name: "ready", status: "healthy" as const, message: "", staleAfterSeconds: 60 };
    await expect(reportCheck({ ctx, input: named })).rejects.toMatchObject({ code: "name_taken" });
  });

  it("are left alone while no runner that can make them is there, or the component does not stand", async () => {
    await using fixture = await standing();
    const { ctx, system } = fixture;
    await ctx.db.updateTable("runners").set({ state: "offline" }).execute();
    await tickProbes(system);
    await ctx.db.updateTable("runners").set({ state: "online" }).execute();
    await ctx.db.updateTable("install_targets").set({ state: "inactive" }).execute();
    await tickProbes(at(fixture, 61));
    expect(await jobs(fixture)).toEqual([]);
  });

  it("begin with the first provision, whose deploys may wait for them", async () => {
    await using fixture = await createFixture({ others: [api] });
    const { ctx, system, installId } = fixture;
    const { workflowId } = await startWorkflow({ ctx, input: { installId, operation: { type: "provision" } } });
    await advanceWorkflow({ system, workflowId });
    expect(await ctx.db.selectFrom("installs").select("state").executeTakeFirst()).toEqual({ state: "provisioning" });
    expect(await ctx.db.selectFrom("probe_schedules").select("install_id").execute()).toEqual([{ install_id: installId }]);
  });

  it("end with the config that has them", async () => {
    await using fixture = await standing();
    const { ctx, installId } = fixture;
    const id = await fixture.addConfig({ components: [{ name: "api" }] });
    await ctx.db.updateTable("installs").set({ app_config_id: id }).execute();
    await syncProbes(ctx, installId);
    expect(await ctx.db.selectFrom("probe_schedules").selectAll().execute()).toEqual([]);
  });
});
