import { describe, expect, it } from "vitest";
import { runAction } from "../actions/run.ts";
import { getInstall } from "../installs/get.ts";
import { listInstalls } from "../installs/list.ts";
import { createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { componentHealth, healthHistory } from "./get.ts";
import { reportCheck } from "./report-check.ts";
import { sweepHealth } from "./sweep.ts";
import { takeIn } from "./take-in.ts";
import { uptimeOf } from "./uptime.ts";

const minute = 60_000;
const app = {
  components: [{ name: "api" }, { name: "web" }],
  actions: [{ name: "healthcheck", dependencies: ["web"], triggers: [{ type: "cron", cronSchedule: "*/5 * * * *" }] }],
};
const report = (fixture: Fixture, more: Partial<Parameters<typeof reportCheck>[0]["input"]> = {}) =>
  reportCheck({
    ctx: fixture.ctx,
    input: { installId: fixture.installId, component: "api", name: "mine", status: "healthy", message: "", staleAfterSeconds: 60, ...more },
  });
const verdicts = async (fixture: Fixture) =>
  (await componentHealth({ ctx: fixture.ctx, input: fixture })).items.map(({ component, verdict, why }) => [component, verdict, why]);

describe("the health of components", () => {
  it("comes from the runs of the checks that judge them, and from what others report; the worst counts", async () => {
    await using fixture = await createFixture(app);
    const { ctx, installId } = fixture;
    expect(await verdicts(fixture)).toEqual([]);
    const run = await runAction({ ctx, input: { installId, action: "healthcheck", env: {} } });
    await fixture.finish(run.workflowId ?? "", "action:healthcheck/manual", { failure: { reason: "action_failed", detail: "502" } });
    expect(await verdicts(fixture)).toEqual([["web", "unhealthy", "healthcheck: the last run failed: 502"]]);
    await report(fixture);
    await report(fixture, { name: "other", status: "degraded", message: "slow" });
    await report(fixture, { name: "other", status: "degraded", message: "slow" });
    expect(await verdicts(fixture)).toContainEqual(["api", "healthy", "mine: healthy"]);
    await report(fixture, { name: "other", status: "degraded", message: "slow" });
    expect(await verdicts(fixture)).toContainEqual(["api", "degraded", "other: slow"]);
    await expect(report(fixture, { component: "nope" })).rejects.toMatchObject({ code: "not_found" });
    await expect(report(fixture, { name: "healthcheck" })).rejects.toMatchObject({ code: "name_taken" });
    const events = await ctx.db.selectFrom("events").select("data").where("event", "=", "health_changed").orderBy("id").execute();
    expect(events.map(({ data }) => [data["component"], data["from"], data["to"]])).toEqual([
      ["web", undefined, "unhealthy"],
      ["api", undefined, "healthy"],
      ["api", "healthy", "degraded"],
    ]);
  });

  it("makes that of the install, in itself and in the list, where components that were taken away count no more", async () => {
    await using fixture = await createFixture({ components: [{ name: "api" }, { name: "web" }] });
    const { ctx, installId } = fixture;
    const shown = async () => {
      const [listed] = (await listInstalls({ ctx, input: { limit: 10 } })).items;
      const { health } = await getInstall({ ctx, input: fixture });
      expect(listed).toMatchObject({ id: installId, health: { health: health.health, why: health.why } });
      return [health.health, health.why];
    };
    expect(await shown()).toEqual(["unknown", "Nothing checks the health of this install"]);
    await report(fixture);
    expect(await shown()).toEqual(["healthy", "Everything that is checked is healthy"]);
    await report(fixture, { component: "web", status: "degraded", message: "slow" });
    expect(await shown()).toEqual(["degraded", "web: mine: slow"]);
    await ctx.db
      .insertInto("install_targets")
      .values({ install_id: installId, org_id: ctx.orgId, target: "component:web", state: "inactive" })
      .execute();
    expect(await shown()).toEqual(["healthy", "Everything that is checked is healthy"]);
  });

  it("is not moved by a report that comes after a newer one, neither of the same check nor of another", async () => {
    await using fixture = await createFixture(app);
    const { ctx, installId } = fixture;
    const now = Date.now();
    const heard = (name: string, status: "healthy" | "unhealthy", secondsAgo: number) => {
      const at = new Date(now - secondsAgo * 1000);
      const staleAt = new Date(now + minute);
      return takeIn(ctx, { installId, component: "api", name, by: "test", status, why: `${secondsAgo} s ago`, at, staleAt });
    };
    await heard("mine", "healthy", 10);
    for (const secondsAgo of [40, 30, 20]) await heard("mine", "unhealthy", secondsAgo);
    expect(await verdicts(fixture)).toEqual([["api", "healthy", "mine: 10 s ago"]]);
    for (const secondsAgo of [40, 30, 20]) await heard("other", "unhealthy", secondsAgo);
    expect(await verdicts(fixture)).toEqual([["api", "healthy", "mine: 10 s ago"]]);
  });

  it("is not known any more when nothing is heard for too long", async () => {
    await using fixture = await createFixture(app);
    await report(fixture);
    const later = { ...fixture.system, now: () => new Date(Date.now() + 61_000) };
    await sweepHealth(later);
    expect(await verdicts(fixture)).toEqual([["api", "unknown", "Nothing has been heard of it for too long"]]);
  });

  it("is kept as stretches of time, from which uptime is summed; what is not known counts for nothing", async () => {
    await using fixture = await createFixture(app);
    const { ctx, installId } = fixture;
    const begin = Date.now() - 120 * minute;
    const at = (n: number): Date => new Date(begin + n * minute);
    // Well for 30 minutes, bad for 10 (noticed at the third look), well again; then silence from 60 to 90, and well to the end.
    for (let n = 0; n <= 120; n++) {
      if (n > 60 && n < 90) continue;
      const status = n >= 30 && n < 40 ? "unhealthy" : "healthy";
      await takeIn(ctx, { installId, component: "api", name: "probe", by: "test", status, why: status, at: at(n), staleAt: at(n + 5) });
      if (n === 60) await sweepHealth({ ...fixture.system, now: () => at(66) });
    }
    const { seconds, uptime } = await uptimeOf(ctx, { installId, component: "api", from: at(0), to: at(120) });
    expect(seconds).toMatchObject({ unhealthy: 9 * 60, degraded: 0 });
    expect(seconds.healthy).toBe((60 - 9 + 30) * 60);
    expect(uptime).toBeCloseTo(81 / 90);
    const half = await uptimeOf(ctx, { installId, component: "api", from: at(35), to: at(60) });
    expect(half.seconds.unhealthy).toBe(6 * 60);
    const history = await healthHistory({ ctx, input: { installId, component: "api", days: 1 } });
    expect(history.changes.map(({ verdict }) => verdict)).toEqual(["healthy", "unknown", "healthy", "unhealthy", "healthy"]);
  });
});
