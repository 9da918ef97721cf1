import { ringSchema } from "@berth/api/contract/rollouts";
import { describe, expect, it } from "vitest";
import { createInstall } from "../installs/create.ts";
import { listInstalls } from "../installs/list.ts";
import { setLabels } from "../installs/set-labels.ts";
import { updateSettings } from "../installs/settings.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";
import { createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { advanceRollouts } from "./advance.ts";
import { approveRing, haltRollout, pauseRollout, resumeRollout, retryInstall, rollBackRing, skipInstall } from "./control.ts";
import { createRollout, previewRollout } from "./create.ts";
import { getRollout } from "./get.ts";

const start = async (
  fixture: Fixture,
  installId: string,
  operation: StartInput["operation"],
  more: Partial<StartInput> = {},
): Promise<string> => (await startWorkflow({ ctx: fixture.ctx, input: { installId, operation, ...more } })).workflowId;

/** What a runner does of a workflow that approves everything: every job ends well, or as `fails` says of a step. */
async function work(fixture: Fixture, workflowId: string, fails: (stepKey: string) => boolean = () => false): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const { steps } = await fixture.workflow(workflowId);
    const running = steps.find(({ state }) => state === "running");
    if (!running) return;
    await fixture.finish(
      workflowId,
      running.key,
      fails(running.key) ? { failure: { reason: "terraform_failed", detail: "no quota" } } : {},
    );
  }
}

/** So many provisioned installs of one app, named i00 … */
async function fleet(count: number): Promise<{ fixture: Fixture; ids: Map<string, string> }> {
  const fixture = await createFixture(
    { components: [{ name: "api", vars: { size: "1" } }, { name: "web", dependencies: ["api"] }, { name: "aside" }] },
    { approveAll: true },
  );
  const ids = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const name = `i${String(index).padStart(2, "0")}`;
    const made = await createInstall({
      ctx: fixture.ctx,
      input: { appId: fixture.appId, name, inputs: {}, labels: index < 2 ? { tier: "canary" } : {}, approveAll: true },
    });
    ids.set(name, made.install.id);
  }
  await fixture.ctx.db.updateTable("runners").set({ state: "online", last_seen_at: new Date() }).execute();
  for (const id of ids.values()) await work(fixture, await start(fixture, id, { type: "provision" }));
  return { fixture, ids };
}

const ring = (more: object) => ringSchema.parse({ name: "ring", ...more });

describe("an upgrade", () => {
  it("deploys what changed and what depends on it, and nothing else; what left the config stays until it is torn down", async () => {
    const { fixture, ids } = await fleet(1);
    await using _fixture = fixture;
    const installId = ids.get("i00") ?? "";
    // The builds are the same ones; one component's values changed, one left.
    const to = await fixture.addConfig({
      components: [
        { name: "api", vars: { size: "2" } },
        { name: "web", dependencies: ["api"] },
      ],
    });
    const { ctx } = fixture;
    const before = await ctx.db
      .selectFrom("app_config_targets")
      .select(["target", "build_id"])
      .where("app_config_id", "=", fixture.configId)
      .execute();
    for (const row of before)
      await ctx.db
        .updateTable("app_config_targets")
        .set({ build_id: row.build_id })
        .where("app_config_id", "=", to)
        .where("target", "=", row.target)
        .execute();
    const workflow = await start(fixture, installId, { type: "upgrade", sandbox: false, components: [] }, { appConfig: "latest" });
    expect((await fixture.workflow(workflow)).steps.map(({ key }) => key)).toEqual([
      "component:api/plan",
      "component:api/apply",
      "component:web/plan",
      "component:web/apply",
    ]);
    await work(fixture, workflow);
    const again = await start(fixture, installId, { type: "upgrade", sandbox: false, components: [] });
    expect(await fixture.workflow(again)).toMatchObject({ state: "succeeded", steps: [] });
    await work(fixture, await start(fixture, installId, { type: "teardown", components: ["aside"], withDependents: false }));
  });
});

describe("labels", () => {
  it("choose installs the same in lists as in rings", async () => {
    const { fixture, ids } = await fleet(3);
    await using _fixture = fixture;
    const { ctx } = fixture;
    await setLabels({ ctx, input: { installId: ids.get("i02") ?? "", set: { region: "eu", tier: "gold" }, unset: [] } });
    await setLabels({ ctx, input: { installId: ids.get("i02") ?? "", set: {}, unset: ["region"] } });
    for (const [selector, names] of [
      ["tier=canary", ["i00", "i01"]],
      ["tier notin (canary)", ["customer", "i02"]],
      ["tier", ["i00", "i01", "i02"]],
      ["!tier", ["customer"]],
      ["region=eu", []],
    ] as const) {
      const listed = (await listInstalls({ ctx, input: { limit: 50, labels: selector } })).items.map(({ name }) => name).toSorted();
      expect([selector, listed]).toEqual([selector, names]);
    }
    const { rings } = await previewRollout({
      ctx,
      input: { appId: fixture.appId, appConfig: "latest", approveAll: false, rings: [ring({ labels: "tier=canary" })] },
    });
    expect(rings[0]?.map(({ name }) => name)).toEqual(["i00", "i01"]);
    await expect(listInstalls({ ctx, input: { limit: 50, labels: "tier=" + " ".repeat(3) + "(" } })).rejects.toMatchObject({
      code: "bad_request",
    });
  });
});

describe("a maintenance window", () => {
  it("holds changes until it opens, says so, and lets plans and what is urgent through", async () => {
    const { fixture, ids } = await fleet(1);
    await using _fixture = fixture;
    const { ctx, system } = fixture;
    const installId = ids.get("i00") ?? "";
    const at = new Date(Date.now() + 3_600_000);
    const cron = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
    await updateSettings({ ctx, input: { installId, change: { maintenanceWindows: [{ cron, durationSeconds: 600, timezone: "UTC" }] } } });
    const deploy: StartInput["operation"] = { type: "deploy", components: ["aside"], withDependents: false };
    const held = await start(fixture, installId, deploy);
    expect(await fixture.workflow(held)).toMatchObject({
      state: "queued",
      waiting: { reason: "maintenance_window", deadline: expect.any(String) as unknown },
    });
    const planned = await start(fixture, installId, deploy, { planOnly: true });
    expect(await fixture.workflow(planned)).toMatchObject({ state: "running" });
    await work(fixture, planned);
    const urgent = await start(
      fixture,
      installId,
      { type: "deploy", components: ["api"], withDependents: false },
      { windowOverride: "CVE" },
    );
    expect(await fixture.workflow(urgent)).toMatchObject({ state: "running" });
    const open = { ...system, now: () => new Date(Date.now() + 3_600_000) };
    await advanceWorkflow({ system: open, workflowId: held });
    expect(await fixture.workflow(held)).toMatchObject({ state: "running" });
  });
});

describe("a rollout over fifty installs of which three fail in different ways", () => {
  it("goes ring by ring within its limits; nobody is blocked for ever, and every failure says why", { timeout: 120_000 }, async () => {
    const { fixture, ids } = await fleet(50);
    await using _fixture = fixture;
    const { ctx, system } = fixture;
    const to = await fixture.addConfig({
      components: [{ name: "api", vars: { size: "2" } }, { name: "web", dependencies: ["api"] }, { name: "aside" }],
    });
    // One fails in Terraform, one wants an input that nobody gave, one never comes back.
    await ctx.db
      .updateTable("runners")
      .set({ state: "offline" })
      .where("install_id", "=", ids.get("i20") ?? "")
      .execute();
    const rolloutId = await createRollout({
      ctx,
      input: {
        appId: fixture.appId,
        appConfig: "latest",
        approveAll: true,
        rings: [
          ring({ name: "canary", labels: "tier=canary" }),
          ring({ name: "half", percent: 50, maxParallel: 10, maxFailures: 2, giveUpSeconds: 60 }),
          ring({ name: "rest", needsApproval: true, maxParallel: 20 }),
        ],
      },
    });
    const show = () => getRollout({ ctx, input: { rolloutId } });
    const states = async (index: number): Promise<Record<string, number>> => {
      const counts: Record<string, number> = {};
      for (const { state } of (await show()).rings[index]?.installs ?? []) counts[state] = (counts[state] ?? 0) + 1;
      return counts;
    };
    const round = async (fails: (name: string) => boolean = () => false): Promise<void> => {
      for (const each of (await show()).rings) {
        for (const { state, workflowId, name } of each.installs) {
          if (state === "running" && workflowId !== undefined && name !== "i20")
            await work(fixture, workflowId, (key) => fails(name) && key === "component:api/apply");
        }
      }
      await advanceRollouts(system);
    };
    expect(await states(0)).toEqual({ running: 2 });
    expect(await states(1)).toEqual({ pending: 24 });
    await round();
    expect(await states(0)).toEqual({ succeeded: 2 });
    expect(await states(1)).toEqual({ running: 10, pending: 14 });

    // An install that was changed under the rollout's feet refuses, and the next takes its place.
    await ctx.db
      .updateTable("installs")
      .set({ forgotten_at: new Date() })
      .where("id", "=", ids.get("i15") ?? "")
      .execute();
    for (let n = 0; n < 4; n++) await round((name) => name === "i05");
    expect(await states(1)).toMatchObject({ failed: 2, running: 1, succeeded: 21 });
    const notes = (await show()).rings[1]?.installs.flatMap(({ name, note }) => (note === undefined ? [] : [[name, note]]));
    expect(notes).toEqual([
      ["i05", expect.stringMatching(/^Workflow wfl\w+ failed: component:api\/apply: no quota$/)],
      ["i15", expect.stringMatching(/^There is no install/)],
    ]);
    // The one whose runner is away is given up, which is one failure too many.
    const later = { ...system, now: () => new Date(Date.now() + 61_000) };
    await advanceRollouts(later);
    expect(await show()).toMatchObject({
      state: "paused",
      why: '3 installs have failed in ring "half", which allows 2',
      waiting: { reason: "paused" },
    });
    const input = { rolloutId, why: "" };
    await expect(resumeRollout({ ctx, input })).rejects.toMatchObject({
      message: expect.stringMatching(/i05, i15, i20.*Retry or skip/) as unknown,
    });
    await skipInstall({ ctx, input: { ...input, installId: "i15" } });
    await retryInstall({ ctx, input: { ...input, installId: "i05" } });
    await resumeRollout({ ctx, input });
    expect(await states(1)).toMatchObject({ running: 1, failed: 1, skipped: 1 });
    await round();
    expect(await show()).toMatchObject({ state: "running", waiting: { reason: "ring_approval" } });
    expect(await states(2)).toEqual({ pending: 24 });
    await approveRing({ ctx, input: { ...input, ring: 3 } });
    expect(await states(2)).toEqual({ running: 20, pending: 4 });
    await round();
    await round();
    expect(await show()).toMatchObject({ state: "succeeded", version: 2 });
    const pinned = await ctx.db.selectFrom("installs").select("name").where("app_config_id", "=", to).execute();
    expect(pinned).toHaveLength(49);
  });
});

describe("a rollout that goes wrong", () => {
  it("is paused, and a ring is brought back to what it had; halting it ends what only waits", async () => {
    const { fixture, ids } = await fleet(4);
    await using _fixture = fixture;
    const { ctx, system } = fixture;
    const earlier = fixture.configId;
    await fixture.addConfig({
      components: [{ name: "api", vars: { size: "2" } }, { name: "web", dependencies: ["api"] }, { name: "aside" }],
    });
    const rolloutId = await createRollout({
      ctx,
      input: {
        appId: fixture.appId,
        appConfig: "latest",
        approveAll: true,
        rings: [ring({ name: "one", installs: ["i00", "i01"] }), ring({ name: "two", installs: ["i02"] })],
      },
    });
    const input = { rolloutId, why: "" };
    const running = async () =>
      (await getRollout({ ctx, input })).rings.flatMap(({ installs }) =>
        installs.flatMap(({ workflowId, state }) =>
          workflowId !== undefined && (state === "running" || state === "rolling_back") ? [workflowId] : [],
        ),
      );
    for (const id of await running()) await work(fixture, id);
    await pauseRollout({ ctx, input: { ...input, why: "errors in the app" } });
    await advanceRollouts(system);
    await rollBackRing({ ctx, input: { ...input, ring: 1 } });
    for (const id of await running()) await work(fixture, id);
    await advanceRollouts(system);
    const after = await getRollout({ ctx, input });
    expect(after).toMatchObject({
      state: "paused",
      rings: [{ installs: [{ state: "rolled_back" }, { state: "rolled_back" }] }, { installs: [{ state: "pending" }] }],
    });
    const pins = await ctx.db
      .selectFrom("installs")
      .select("app_config_id")
      .where("id", "in", [ids.get("i00") ?? "", ids.get("i01") ?? ""])
      .execute();
    expect(pins.map(({ app_config_id: id }) => id)).toEqual([earlier, earlier]);
    await haltRollout({ ctx, input });
    expect(await getRollout({ ctx, input })).toMatchObject({ state: "halted" });
    await expect(resumeRollout({ ctx, input })).rejects.toMatchObject({ code: "state_conflict" });
  });
});
