import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { up } from "../db/migrations/0022_readiness.ts";
import type { Component } from "@berth/toml-schema/app-config";
import { createJob } from "../jobs/create.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { syncProbes } from "./sync-probes.ts";
import { finishJob } from "../jobs/finish.ts";
import { openSpec, sealSpec } from "../jobs/spec.ts";
import { offlineProbes } from "../schedules/offline-probes.ts";
import { componentBase, createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { componentHealth } from "./get.ts";
import { reportCheck } from "./report-check.ts";
import { standingComponents } from "./standing.ts";
import { sweepHealth } from "./sweep.ts";
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

const chart: Component = {
  ...componentBase("web"),
  type: "helm_chart",
  chartName: "web",
  namespace: "shop",
  values: {},
  valuesFiles: [],
  repo,
  takeOwnership: false,
};

/** An install whose component stands and whose runner can make probes. */
async function standing(others: Component[] = [api], types?: string[]): Promise<Fixture & { runnerId: string }> {
  const fixture = await createFixture({ others });
  const { ctx, installId } = fixture;
  const capabilities = JSON.stringify({
    os: "linux",
    arch: "x64",
    node: "24",
    kinds: ["health.probe"],
    tools: {},
    ...(types && { probes: types }),
  });
  const { id: runnerId } = await ctx.db.updateTable("runners").set({ capabilities }).returning("id").executeTakeFirstOrThrow();
  await ctx.db
    .insertInto("install_targets")
    .values(others.map(({ name }) => ({ install_id: installId, org_id: ctx.orgId, target: `component:${name}`, state: "active" as const })))
    .execute();
  await syncProbes(ctx, installId);
  return { ...fixture, runnerId };
}

/** A release that was deployed once, to another place than the config tells of by now. */
async function deployed(more: Partial<Component> = {}, types = ["http", "tcp", "exec", "kubernetes"]) {
  const fixture = await standing([{ ...chart, ...more } as Component], types);
  const { ctx, installId } = fixture;
  const artifact = { registryUrl: "http://127.0.0.1:1", repository: "web", digest: `sha256:${"0".repeat(64)}` };
  const { jobId } = await createJob({
    ctx,
    input: {
      installId,
      kind: "helm.plan",
      target: "component:web",
      spec: {
        kind: "helm.plan",
        target: "component:web",
        artifact,
        cluster: { kind: "ambient" },
        releaseName: "web-old",
        namespace: "shop-old",
        valuesFiles: [],
        set: {},
        overrides: [],
        storageDriver: "configmap",
        takeOwnership: false,
        waitSeconds: 60,
        atomic: false,
        runTests: false,
        destroy: false,
      },
      redact: [],
      timeoutSeconds: 60,
    },
  });
  await ctx.db.updateTable("install_targets").set({ plan_job_id: jobId }).where("target", "=", "component:web").execute();
  return fixture;
}
const jobs = (fixture: Fixture) =>
  fixture.ctx.db.selectFrom("jobs").selectAll().where("kind", "=", "health.probe").orderBy("created_at").execute();
const at = (fixture: Fixture, seconds: number) => ({ ...fixture.system, now: () => new Date(Date.now() + seconds * 1000) });

/** The runner takes the job and says what it saw. */
async function answer(fixture: Fixture & { runnerId: string }, jobId: string, probes: object[], when = new Date()): Promise<void> {
  const { ctx, runnerId } = fixture;
  await ctx.db.updateTable("jobs").set({ state: "running", epoch: 1, accepted_at: when }).where("id", "=", jobId).execute();
  const time = when.toISOString();
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

  it("begin with the upgrade for installs that were there before it", async () => {
    await using fixture = await createFixture({ others: [chart] });
    const { ctx, installId } = fixture;
    const upgrade = async () => {
      await sql`alter table component_health drop column delivered_at`.execute(ctx.db);
      await sql`alter table health_segments drop column measured_offline`.execute(ctx.db);
      await up(fixture.system.db as never);
      return await ctx.db.selectFrom("probe_schedules").select("install_id").execute();
    };
    expect(await upgrade()).toEqual([]);
    await ctx.db.updateTable("installs").set({ state: "active" }).execute();
    expect(await upgrade()).toEqual([{ install_id: installId }]);
    expect(await upgrade()).toEqual([{ install_id: installId }]);
  });

  it("end with the config that has them", async () => {
    await using fixture = await standing();
    const { ctx, installId } = fixture;
    const id = await fixture.addConfig({ components: [{ name: "api" }] });
    await ctx.db.updateTable("installs").set({ app_config_id: id }).execute();
    await syncProbes(ctx, installId);
    expect(await ctx.db.selectFrom("probe_schedules").selectAll().execute()).toEqual([]);
  });

  it("look at what a deploy has made in a cluster, where its plan has put it", async () => {
    await using fixture = await deployed();
    const { ctx, system, installId } = fixture;
    await tickProbes(system);
    const [job] = await jobs(fixture);
    if (!job) throw new Error("there is no job");
    expect(openSpec(system.vault, job.id, job.spec_enc).spec).toEqual({
      kind: "health.probe",
      probes: [
        {
          type: "kubernetes",
          component: "web",
          name: "kubernetes",
          timeoutSeconds: 30,
          cluster: { kind: "ambient" },
          namespace: "shop-old",
          made: { by: "release", releaseName: "web-old", storageDriver: "configmap" },
        },
      ],
    });
    const why = "Deployment shop-old/web: 1 of 3 ready; Pod shop-old/web-1, container web: ImagePullBackOff";
    await answer(fixture, job.id, [{ component: "web", name: "kubernetes", healthy: false, status: "degraded", why }]);
    expect((await componentHealth({ ctx, input: fixture })).items).toMatchObject([
      { component: "web", verdict: "degraded", why: `kubernetes: ${why}` },
    ]);
    const mine = { installId, component: "web", name: "kubernetes", status: "healthy" as const, message: "", staleAfterSeconds: 60 };
    await expect(reportCheck({ ctx, input: mine })).rejects.toMatchObject({
      code: "name_taken",
      message: expect.stringContaining("health.readiness"),
    });

    // What comes when it has been taken away says nothing any more, and it is not listed.
    await ctx.db.updateTable("install_targets").set({ state: "inactive" }).execute();
    await tickProbes(at(fixture, 61));
    expect((await jobs(fixture)).map(({ id }) => id)).toEqual([job.id]);
    await ctx.db.updateTable("jobs").set({ state: "running" }).where("id", "=", job.id).execute();
    await answer(fixture, job.id, [{ component: "web", name: "kubernetes", healthy: false, why: "gone" }]);
    expect(await ctx.db.selectFrom("health_checks").select("message").execute()).toEqual([{ message: why }]);
    expect((await componentHealth({ ctx, input: fixture })).items).toEqual([]);
  });

  it("are what a deploy with a window waits for, where the runner can make them", async () => {
    const gated = { ...chart, health: { ...health, probes: [] } } as Component;
    for (const [probes, probed] of [
      [["http", "tcp", "exec", "kubernetes"], true],
      [["http", "tcp", "exec"], undefined],
    ] as const) {
      await using fixture = await createFixture({ others: [gated] });
      const { ctx, installId } = fixture;
      const kinds = ["terraform.plan", "terraform.apply", "action.run", "helm.plan", "helm.apply", "health.probe"];
      const capabilities = JSON.stringify({
        os: "linux",
        arch: "x64",
        node: "24",
        kinds,
        tools: { helm: "3.16.0", kubectl: "1.31.0" },
        probes,
      });
      await ctx.db.updateTable("runners").set({ capabilities }).execute();
      await startWorkflow({ ctx, input: { installId, operation: { type: "provision" } } });
      const { params } = await ctx.db.selectFrom("steps").select("params").where("kind", "=", "component.verify").executeTakeFirstOrThrow();
      expect(params.verify).toEqual({ windowSeconds: 60, block: true, ...(probed && { probed }) });
    }
  });

  it("leave alone what is just being taken away", async () => {
    await using fixture = await createFixture({ components: [{ name: "api" }] }, { approveAll: true });
    const { ctx, installId } = fixture;
    const start = async (operation: StartInput["operation"]) => (await startWorkflow({ ctx, input: { installId, operation } })).workflowId;
    const up = await start({ type: "provision" });
    for (const step of ["sandbox/plan", "sandbox/apply", "component:api/plan", "component:api/apply"]) await fixture.finish(up, step);
    const down = await start({ type: "teardown", components: ["api"], withDependents: false });
    expect([...(await standingComponents(ctx, installId))]).toEqual(["api"]);
    await fixture.finish(down, "component:api/plan-teardown");
    expect(await fixture.states(down)).toMatchObject({ "component:api/teardown": "running" });
    expect([...(await standingComponents(ctx, installId))]).toEqual([]);
    await fixture.finish(down, "component:api/teardown", { failure: { reason: "terraform_failed", detail: "in use" } });
    expect([...(await standingComponents(ctx, installId))]).toEqual(["api"]);
  });

  it("look at it without a link too, unless the way into the cluster or the place holds something secret", async () => {
    await using fixture = await deployed();
    const { ctx, installId, runnerId } = fixture;
    const offline = async () => (await offlineProbes(ctx, { runnerId, installId }))?.spec.probes.map(({ type, name }) => [type, name]);
    expect(await offline()).toEqual([["kubernetes", "kubernetes"]]);
    const kubeconfig = "users:\n- name: u\n  user:\n    token: hunter22-hunter22\n";
    await ctx.db
      .insertInto("install_targets")
      .values({
        install_id: installId,
        org_id: ctx.orgId,
        target: "sandbox",
        state: "active",
        outputs: JSON.stringify({ cluster: { kubeconfig } }),
      })
      .execute();
    expect(await offline()).toBeUndefined();
    await tickProbes(fixture.system);
    const [job] = await jobs(fixture);
    const { spec, redact } = openSpec(fixture.system.vault, job?.id ?? "", job?.spec_enc ?? new Uint8Array());
    expect(spec).toMatchObject({ probes: [{ type: "kubernetes", cluster: { kind: "kubeconfig", contents: kubeconfig } }] });
    expect(redact).toContain("hunter22-hunter22");

    // The release's name was made of an input that nobody should read.
    await ctx.db.deleteFrom("install_targets").where("target", "=", "sandbox").execute();
    const plan = await ctx.db.selectFrom("jobs").select(["id", "spec_enc"]).where("kind", "=", "helm.plan").executeTakeFirstOrThrow();
    const sealed = sealSpec(fixture.system.vault, plan.id, {
      ...openSpec(fixture.system.vault, plan.id, plan.spec_enc),
      redact: ["web-old"],
    });
    await ctx.db.updateTable("jobs").set({ spec_enc: sealed }).where("id", "=", plan.id).execute();
    expect(await offline()).toBeUndefined();
  });

  it("do not look at it where the config says so, a probe or an action has the name, or the runner can't yet; a schedule of nothing goes", async () => {
    const probe = { type: "tcp" as const, name: "kubernetes", url: "web:80" };
    for (const [more, types, left] of [
      [{ health: { ...health, probes: [], readiness: false } }, undefined, 0],
      [{ health: { ...health, enabled: false, probes: [] } }, undefined, 0],
      [{ health: { ...health, probes: [probe] } }, undefined, 1],
      [{}, ["http", "tcp", "exec"], 1],
    ] as const) {
      await using fixture = await deployed(more as Partial<Component>, types && [...types]);
      const { ctx, installId } = fixture;
      // As an upgrade leaves it: every install is due once.
      await ctx.db
        .insertInto("probe_schedules")
        .values({ install_id: installId, org_id: ctx.orgId, next_tick_at: new Date(0) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await tickProbes(fixture.system);
      const made = (await jobs(fixture)).map(({ id, spec_enc: sealed }) => openSpec(fixture.system.vault, id, sealed).spec);
      expect(JSON.stringify(made)).not.toContain('"type":"kubernetes"');
      expect(await ctx.db.selectFrom("probe_schedules").selectAll().execute()).toHaveLength(left);
    }
  });

  it("that can't look leave a component as it was seen, and unknown with the reason when that counts no more", async () => {
    await using fixture = await deployed();
    const { ctx, system } = fixture;
    const shown = async () => (await componentHealth({ ctx, input: fixture })).items.map(({ verdict, why }) => [verdict, why]);
    const look = async (seconds: number, status: string, why: string) => {
      const later = at(fixture, seconds);
      await tickProbes(later);
      const job = (await jobs(fixture)).find(({ state }) => state === "queued");
      if (!job) throw new Error("there is no job");
      await answer(
        { ...fixture, ctx: { ...ctx, system: later } },
        job.id,
        [{ component: "web", name: "kubernetes", healthy: false, status, why }],
        later.now(),
      );
      await sweepHealth(later);
    };
    await look(0, "unknown", "no way there");
    expect(await shown()).toEqual([["unknown", "kubernetes: no way there"]]);
    await look(61, "unhealthy", "0 of 3 ready");
    expect(await shown()).toEqual([["unhealthy", "kubernetes: 0 of 3 ready"]]);
    for (const minute of [2, 3, 4, 5]) await look(minute * 61, "unknown", "the cluster is away");
    expect(await shown()).toEqual([["unhealthy", "kubernetes: 0 of 3 ready"]]);
    await look(7 * 61, "unknown", "the cluster is away");
    expect(await shown()).toEqual([["unknown", "kubernetes: the cluster is away"]]);
    await look(8 * 61, "unknown", "the cluster is away, still");
    expect(await shown()).toEqual([["unknown", "kubernetes: the cluster is away, still"]]);
    const events = await system.db.selectFrom("events").select("data").where("event", "=", "health_changed").orderBy("id").execute();
    expect(events.map(({ data }) => [data["to"], data["why"]])).toEqual([
      ["unknown", "kubernetes: no way there"],
      ["unhealthy", "kubernetes: 0 of 3 ready"],
      ["unknown", "kubernetes: the cluster is away"],
    ]);
  });

  it("of one job are one look at a component, however many there are", async () => {
    const probes = ["a", "b", "c"].map((name) => ({ type: "http" as const, name, url: `http://web/${name}` }));
    await using fixture = await standing([{ ...api, health: { ...health, probes } } as Component]);
    const { ctx, system } = fixture;
    const all = (healthy: boolean) => probes.map(({ name }) => ({ component: "api", name, healthy, why: "" }));
    for (const [minute, healthy] of [true, false, false].entries()) {
      await tickProbes(at(fixture, 61 * minute));
      const job = (await jobs(fixture)).find(({ state }) => state === "queued");
      await answer({ ...fixture, ctx: { ...ctx, system } }, job?.id ?? "", all(healthy));
    }
    expect((await componentHealth({ ctx, input: fixture })).items).toMatchObject([{ verdict: "healthy" }]);
    await tickProbes(at(fixture, 61 * 3));
    await answer(fixture, (await jobs(fixture)).find(({ state }) => state === "queued")?.id ?? "", all(false));
    expect((await componentHealth({ ctx, input: fixture })).items).toMatchObject([{ verdict: "unhealthy" }]);
  });
});
