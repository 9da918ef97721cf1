import { createPublicKey } from "node:crypto";
import type { ServerMessage } from "@berth/protocol/messages";
import { openSchedules, type OfflineLook, type OfflineRun, type ScheduleSet } from "@berth/protocol/schedules";
import { connectScriptedRunner, newRunnerKey } from "@berth/testkit/scripted-runner";
import { describe, expect, it } from "vitest";
import { installHealth } from "../health/get-install.ts";
import { componentHealth, healthHistory } from "../health/get.ts";
import { reportCheck } from "../health/report-check.ts";
import { sweepHealth } from "../health/sweep.ts";
import { syncProbes } from "../health/sync-probes.ts";
import { takeIn } from "../health/take-in.ts";
import { uptimeOf } from "../health/uptime.ts";
import { listActions } from "../actions/list.ts";
import { listRuns } from "../actions/list-runs.ts";
import { updateInputs } from "../installs/update-inputs.ts";
import { readLog } from "../logs/read.ts";
import { startTestGateway } from "../testing/gateway.ts";
import { startWorkflow } from "../workflows/start.ts";
import { componentBase, createFixture, type Fixture, type SmallConfig } from "../workflows/testing/fixture.ts";
import { scheduleLifetimeMs, scheduleRenewMs } from "./issue.ts";
import { refreshSchedules, type ScheduledSession } from "./refresh.ts";
import { scheduleVerifyKey } from "./signing-key.ts";
import { takeInReports } from "./take-in.ts";

const cron = "*/5 * * * *";
const every = (name: string, inlineContents: string, envVars = {}): NonNullable<SmallConfig["actions"]>[number] => ({
  name,
  triggers: [{ type: "cron", cronSchedule: cron }],
  steps: [{ name: "look", inlineContents, envVars }],
});

async function provisioned(actions: SmallConfig["actions"], input: Parameters<typeof createFixture>[1] = {}): Promise<Fixture> {
  const fixture = await createFixture({ actions: actions ?? [], inputs: [{ name: "size" }, { name: "password", sensitive: true }] }, input);
  const { workflowId } = await startWorkflow({
    ctx: fixture.ctx,
    input: { installId: fixture.installId, operation: { type: "provision" }, approveAll: true },
  });
  await fixture.finish(workflowId, "sandbox/plan");
  await fixture.finish(workflowId, "sandbox/apply", { outputs: { host: "h1" } });
  return fixture;
}

type Result = OfflineRun["result"];
const failed: Partial<Result> = { outcome: "failed", failure: { reason: "action_failed", detail: "no answer" } };

/** A run that was due at this time of a day. */
const run = (at: string, over: Omit<Partial<OfflineRun>, "result"> & { result?: Partial<Result> } = {}): OfflineRun => ({
  id: `offline-${at.replaceAll(":", "")}`,
  action: "check",
  cron,
  dueAt: `2026-03-01T${at}Z`,
  log: "it looked\n",
  ...over,
  result: { outcome: "succeeded", startedAt: `2026-03-01T${at}Z`, finishedAt: `2026-03-01T${at}Z`, ...over.result },
});

/** A session that keeps what it is sent. */
async function session(fixture: Fixture): Promise<ScheduledSession & { sets: () => ScheduleSet[] }> {
  const { id: runnerId } = await fixture.ctx.db.selectFrom("runners").select("id").executeTakeFirstOrThrow();
  const sent: ServerMessage[] = [];
  const key = createPublicKey({ key: Buffer.from(scheduleVerifyKey(fixture.system.vault), "base64"), format: "der", type: "spki" });
  return {
    runner: { runnerId, orgId: fixture.ctx.orgId, installId: fixture.installId },
    schedules: undefined,
    send: (message) => sent.push(message) > 0,
    sets: () =>
      sent.flatMap((message) => {
        if (message.type !== "schedules.set") return [];
        const opened = openSchedules(message, { key, runnerId, now: fixture.system.now() });
        if ("refused" in opened) throw new Error(opened.refused);
        return [opened.set];
      }),
  };
}

describe("schedules for a runner without a link", () => {
  it("are rendered and signed, follow the install, and are renewed before they get old", async () => {
    await using fixture = await provisioned(
      [every("check", "curl {{ .nuon.sandbox.outputs.host }}", { SIZE: "{{ .nuon.inputs.inputs.size }}" })],
      {
        inputs: { size: "small" },
      },
    );
    const link = await session(fixture);
    await refreshSchedules(fixture.system, [link]);
    const [first] = link.sets();
    expect(first?.schedules).toEqual([
      {
        action: "check",
        cron,
        timeoutSeconds: expect.any(Number),
        spec: {
          kind: "action.run",
          action: "check",
          trigger: "cron",
          envVars: expect.objectContaining({ NUON_INSTALL_ID: fixture.installId, TRIGGER_TYPE: "cron" }),
          steps: [{ name: "look", inlineContents: "curl h1", envVars: { SIZE: "small" } }],
        },
      },
    ]);
    expect(Date.parse(first?.expiresAt ?? "") - Date.parse(first?.issuedAt ?? "")).toBe(scheduleLifetimeMs);
    await refreshSchedules(fixture.system, [link]);
    expect(link.sets()).toHaveLength(1);

    await updateInputs({
      ctx: fixture.ctx,
      input: { installId: fixture.installId, values: { size: "large" }, deploy: false, planOnly: false, approveAll: false },
    });
    await refreshSchedules(fixture.system, [link]);
    expect(link.sets().at(-1)?.schedules[0]?.spec.steps[0]?.envVars).toEqual({ SIZE: "large" });

    const later = { ...fixture.system, now: () => new Date(Date.now() + scheduleRenewMs + 1000) };
    await refreshSchedules(later, [link]);
    expect(link.sets()).toHaveLength(3);
  });

  it("leave out what uses sensitive values, needs a repository or can't be rendered, and the list says why", async () => {
    const repo = { kind: "public" as const, repo: "https://git.example/acme/scripts.git", directory: ".", branch: "main" };
    await using fixture = await provisioned(
      [
        every("check", "true"),
        every("secret", "curl -u {{ .nuon.inputs.inputs.password }} h"),
        every("derived", "echo {{ .nuon.inputs.inputs.password | b64enc }}"),
        every("broken", "echo {{ .nuon.sandbox.outputs.nothing }}"),
        { ...every("sources", "true"), steps: [{ name: "look", command: "./look.sh", envVars: {}, repo }] },
      ],
      { inputs: { password: "hunter22-hunter22" } },
    );
    const link = await session(fixture);
    await refreshSchedules(fixture.system, [link]);
    expect(link.sets()[0]?.schedules.map(({ action }) => action)).toEqual(["check"]);
    expect(JSON.stringify(link.sets())).not.toContain("hunter22");
    const { items } = await listActions({ ctx: fixture.ctx, input: { installId: fixture.installId } });
    expect(Object.fromEntries(items.map(({ name, offline }) => [name, offline]))).toEqual({
      check: { goesOn: true },
      secret: { goesOn: false, why: expect.stringContaining("sensitive values") },
      derived: { goesOn: false, why: expect.stringContaining("sensitive values") },
      broken: { goesOn: false, why: expect.stringContaining("steps.look.inline_contents") },
      sources: { goesOn: false, why: expect.stringContaining("a repository") },
    });
  });

  it("come over a session by themselves, and what the runner reports of them is acknowledged", async () => {
    await using fixture = await provisioned([every("check", "true")]);
    const key = newRunnerKey();
    const { id: runnerId } = await fixture.system.db
      .updateTable("runners")
      .set({ public_key: key.publicKey, state: "offline" })
      .returning("id")
      .executeTakeFirstOrThrow();
    await using gateway = await startTestGateway(fixture.system);
    const runner = await connectScriptedRunner({ url: gateway.url, runnerId, privateKey: key.privateKey });
    const told = await runner.next("schedules.set");
    const publicKey = createPublicKey({ key: Buffer.from(runner.ready.scheduleKey ?? "", "base64"), format: "der", type: "spki" });
    expect(openSchedules(told, { key: publicKey, runnerId, now: new Date() })).toMatchObject({ set: { schedules: [{ action: "check" }] } });
    runner.send({ type: "schedules.report", runs: [run("10:00:00"), run("10:05:00")] });
    expect((await runner.next("schedules.report.ack")).ids).toEqual(["offline-100000", "offline-100500"]);
    const { items } = await listRuns({ ctx: fixture.ctx, input: { installId: fixture.installId, limit: 10 } });
    expect(items.map(({ measuredOffline, state }) => [measuredOffline, state])).toEqual([
      [true, "succeeded"],
      [true, "succeeded"],
    ]);
    await runner.close();
  });
});

describe("runs made without a link", () => {
  it("are stored once with their own time, log and outputs, whatever comes twice or in another order", async () => {
    await using fixture = await provisioned([every("check", "true")]);
    const { ctx, installId } = fixture;
    const outputs = { up: { value: "yes", sensitive: false }, token: { value: "t-123456", sensitive: true } };
    const future = "2099-01-01T00:00:00Z";
    const runs = [
      run("10:10:00", { result: failed }),
      run("10:05:00", { result: { outputs } }),
      run("10:05:00"),
      // The runner's clock is wrong.
      run("11:00:00", { dueAt: future, result: { startedAt: future, finishedAt: future } }),
    ];
    await takeInReports(ctx, { installId, runs });
    await takeInReports(ctx, { installId, runs: runs.toReversed() });
    const { items } = await listRuns({ ctx, input: { installId, limit: 10 } });
    expect(items.map(({ createdAt, state }) => [createdAt.slice(0, 16), state])).toEqual([
      [new Date().toISOString().slice(0, 16), "succeeded"],
      ["2026-03-01T10:10", "failed"],
      ["2026-03-01T10:05", "succeeded"],
    ]);
    expect(items[2]).toMatchObject({ outputs: { up: "yes" }, trigger: "cron", measuredOffline: true });
    expect(JSON.stringify(items)).not.toContain("t-123456");
    const log = await readLog({ ctx, input: { streamId: items[1]?.logStreamId ?? "", offset: 0, maxBytes: 1000 } });
    expect(JSON.stringify(log)).toContain("it looked");
    expect(await installHealth({ ctx, input: { installId } })).toMatchObject({ health: "healthy" });
  });

  it("have what their runner could not know to be sensitive hidden", async () => {
    await using fixture = await provisioned([every("check", "true")], { inputs: { password: "hunter22-hunter22" } });
    const { ctx, installId } = fixture;
    const outputs = { found: { value: "is hunter22-hunter22", sensitive: false } };
    const failure = { reason: "action_failed" as const, detail: "hunter22-hunter22 was refused" };
    await takeInReports(ctx, {
      installId,
      runs: [run("10:00:00", { log: "using hunter22-hunter22\n", result: { ...failed, outputs, failure } })],
    });
    const { items } = await listRuns({ ctx, input: { installId, limit: 10 } });
    expect(items[0]).toMatchObject({ state: "failed", failure: { detail: "[redacted] was refused" } });
    const chunks = await fixture.system.db.selectFrom("log_chunks").selectAll().execute();
    expect(JSON.stringify([items, chunks])).not.toContain("hunter22");
  });
});

const minute = 60_000;

/** An install whose component stands, with probes that a runner can make. */
async function probed(): Promise<Fixture> {
  const health = { enabled: true, stabilizationWindowSeconds: 60, blockDeploy: false, requiredChecks: [] };
  const probes = [
    { type: "http" as const, name: "ready", url: "http://{{ .nuon.install.name }}.test/healthz" },
    { type: "http" as const, name: "login", url: "http://api.test/?token={{ .nuon.inputs.inputs.password }}" },
  ];
  const component = {
    ...componentBase("api"),
    type: "terraform_module" as const,
    terraformVersion: "1.11.4",
    repo: { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" },
    vars: {},
    envVars: {},
    varFiles: [],
    health: { ...health, probes },
  };
  const fixture = await createFixture(
    { others: [component], inputs: [{ name: "password", sensitive: true }] },
    { inputs: { password: "hunter22-hunter22" } },
  );
  const { ctx, installId } = fixture;
  const capabilities = JSON.stringify({ os: "linux", arch: "x64", node: "24", kinds: ["health.probe"], tools: {} });
  await ctx.db.updateTable("runners").set({ capabilities }).execute();
  await ctx.db
    .insertInto("install_targets")
    .values({ install_id: installId, org_id: ctx.orgId, target: "component:api", state: "active" })
    .execute();
  await syncProbes(ctx, installId);
  return fixture;
}
const shown = async (fixture: Fixture) => (await componentHealth({ ctx: fixture.ctx, input: fixture })).items;

describe("probes without a link", () => {
  it("are in the signed set of the runner that makes them, but for those made of sensitive values", async () => {
    await using fixture = await probed();
    const link = await session(fixture);
    await refreshSchedules(fixture.system, [link]);
    expect(link.sets()).toMatchObject([
      {
        schedules: [],
        probes: {
          cron: "* * * * *",
          timeoutSeconds: 60,
          spec: { kind: "health.probe", probes: [{ component: "api", name: "ready", url: "http://customer.test/healthz" }] },
        },
      },
    ]);
    expect(JSON.stringify(link.sets())).not.toContain("hunter22");
    await fixture.ctx.db.deleteFrom("probe_schedules").execute();
    await refreshSchedules(fixture.system, [link]);
    expect(link.sets().at(-1)).not.toHaveProperty("probes");
  });

  it("tell how the component was meanwhile, once and marked, however they come, and never overrule what is newer", async () => {
    await using fixture = await probed();
    const { ctx, installId, system } = fixture;
    const begin = Date.now() - 60 * minute;
    const at = (n: number): Date => new Date(begin + n * minute);
    const look = (n: number, healthy: boolean): OfflineLook => ({
      id: `look-${String(n).padStart(4, "0")}`,
      at: at(n).toISOString(),
      probes: [{ component: "api", name: "ready", healthy, why: healthy ? "GET /healthz answered 200" : "hunter22-hunter22 answered 502" }],
    });
    // The last look over the link; then nobody knows.
    const last = { installId, component: "api", name: "ready", by: "probe", status: "healthy" as const, why: "GET /healthz answered 200" };
    await takeIn(ctx, { ...last, at: at(-3), staleAt: at(2) });
    await sweepHealth(system);
    expect(await shown(fixture)).toMatchObject([{ verdict: "unknown", since: at(2).toISOString() }]);
    // Well for 20 minutes, bad for 10, well again; then the machine is off from minute 40 on.
    const looks = Array.from({ length: 41 }, (_, n) => look(n, n < 20 || n >= 30));
    await takeInReports(ctx, { installId, runs: [], looks: looks.slice(0, 21) });
    // Between two messages nobody says that nothing was heard.
    await sweepHealth(system);
    expect(await shown(fixture)).toMatchObject([{ verdict: "healthy", seenAt: at(20).toISOString(), measuredOffline: true }]);
    await takeInReports(ctx, { installId, runs: [], looks: looks.slice(15).toReversed() });
    await takeInReports(ctx, { installId, runs: [], looks });
    expect(await shown(fixture)).toMatchObject([
      { verdict: "healthy", why: "ready: GET /healthz answered 200", seenAt: at(40).toISOString() },
    ]);
    expect(JSON.stringify(await ctx.db.selectFrom("events").select("data").execute())).not.toContain("hunter22");
    const past = async () => {
      const { changes } = await healthHistory({ ctx, input: { installId, component: "api", days: 1 } });
      return changes.map(({ verdict, from, measuredOffline }) => [
        verdict,
        Math.round((Date.parse(from) - begin) / minute),
        measuredOffline,
      ]);
    };
    const offline = [
      ["healthy", 31, true],
      ["unhealthy", 22, true],
      ["healthy", -3, true],
    ];
    expect(await past()).toEqual(offline);

    // The first look over the link ends the silence since, which counts for nothing.
    const mine = { installId, component: "api", name: "mine", status: "healthy" as const, message: "", staleAfterSeconds: 60 };
    await reportCheck({ ctx, input: mine });
    expect((await shown(fixture))[0]).not.toHaveProperty("measuredOffline");
    expect(await past()).toEqual([["healthy", 60, undefined], ["unknown", 45, undefined], ...offline]);
    const { seconds } = await uptimeOf(ctx, { installId, component: "api", from: at(0), to: at(61) });
    expect(seconds.healthy + seconds.unhealthy).toBeCloseTo(40 * 60, -1);
    const before = await shown(fixture);
    await takeInReports(ctx, { installId, runs: [], looks: [look(50, false), look(51, false), look(52, false)] });
    expect(await shown(fixture)).toEqual(before);
    expect(await past()).toEqual([["healthy", 60, undefined], ["unknown", 45, undefined], ...offline]);
  });
});
