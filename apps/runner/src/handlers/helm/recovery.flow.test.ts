import type { HelmPlanSpec } from "@berth/protocol/job-spec";
import type { GatewayJob } from "@berth/testkit/scripted-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeRecord, restateRecord } from "./record.ts";
import { startReleases, type Releases } from "./testing/releases.ts";

let on: Releases;
beforeAll(async () => void (on = await startReleases({ BERTH_STOP_INTERRUPT_SECONDS: "10" })));
afterAll(() => on[Symbol.asyncDispose]());

const held = (spec: HelmPlanSpec): string => `${spec.namespace}/deployment/app`;
const next = (spec: HelmPlanSpec): HelmPlanSpec => ({ ...spec, set: { "image.tag": "9" } });
const statuses = (spec: HelmPlanSpec): string[] =>
  on.ground.cluster.objects("secrets", spec.namespace).flatMap(({ metadata }) => metadata.labels?.["status"] ?? []);

/** A deployed release in the middle of an upgrade that can't end. */
async function upgrading(): Promise<{ spec: HelmPlanSpec; job: GatewayJob }> {
  const spec = on.release(await on.chart("web"), {}, { waitSeconds: 40 });
  await on.deploy(spec);
  on.ground.cluster.hold(held(spec));
  const job = on.begin(next(spec), await on.plan(next(spec)));
  await on.ground.cluster.until(() => statuses(spec).includes("pending-upgrade"), 30_000);
  await on.ground.gateway.until("it waits", () => on.ground.gateway.logOf(job).includes("waiting for"), 30_000);
  return { spec, job };
}

/** Makes a stored record say that it is in the middle of something, by somebody who is not us. */
async function pretend(spec: HelmPlanSpec, status: string, ours: boolean): Promise<void> {
  const [record] = on.ground.cluster
    .objects("secrets", spec.namespace)
    .filter(({ metadata }) => metadata.labels?.["status"] === "deployed");
  const data = (record as unknown as { data: { release: string } }).data.release;
  const labels = {
    status,
    ...(ours ? { "berth.dev/job": "jobgone", "berth.dev/epoch": "1" } : { "berth.dev/job": null, "berth.dev/epoch": null }),
  };
  const patch = { metadata: { labels }, data: { release: restateRecord(data, "secret", { status, description: "by hand" }) } };
  const args = [
    "patch",
    "secret",
    String(record?.metadata.name),
    "--namespace",
    spec.namespace,
    "--type=merge",
    "-p",
    JSON.stringify(patch),
  ];
  expect(await on.ground.kubectl(args)).toBe(0);
}

describe("a release that was left in the middle", () => {
  it("by our own attempt, killed with all it had started, is recovered by the next one", async () => {
    const { spec, job } = await upgrading();
    for (const { pid } of on.ground.runner.jobProcesses()) process.kill(-pid, "SIGKILL");
    expect(await on.ground.gateway.until("it is reported", () => job.result, 60_000)).toMatchObject({ outcome: "failed" });
    on.ground.cluster.release(held(spec));
    const again = await on.plan(next(spec));
    expect(again.notes).toMatch(
      /Revision 2 of release \S+ is pending-upgrade since .*, left by job \S+ \(attempt 1\), whose process is dead/,
    );
    expect(statuses(spec)).toContain("pending-upgrade");
    const { result, log } = await on.apply(next(spec), again);
    expect(result.failure).toBeUndefined();
    expect(log).toContain("revision 2 was left pending-upgrade by job");
    expect(result.outputs).toMatchObject({ release: { value: { revision: 3, status: "deployed" } } });
    const history = JSON.parse((await on.helm(spec, "history", "app", "-o", "json")).stdout) as { status: string; description: string }[];
    expect(history.map(({ status }) => status)).toEqual(["superseded", "failed", "deployed"]);
    expect(history[1]?.description).toMatch(/^Left pending-upgrade by job \S+, which died/);
  });

  it("by the death of the job's process alone is ended by the runner, and recovered", async () => {
    const { spec, job } = await upgrading();
    process.kill(on.ground.runner.jobProcess(job.jobId).pid, "SIGKILL");
    // Helm is still at it, so nobody else may be.
    expect(await on.ground.gateway.until("it is reported", () => job.result, 60_000)).toMatchObject({ outcome: "failed" });
    expect(on.ground.runner.jobProcesses()).toEqual([]);
    on.ground.cluster.release(held(spec));
    expect((await on.deploy(next(spec))).result.failure).toBeUndefined();
  });

  it("is nobody else's business while the attempt lives", async () => {
    const { spec, job } = await upgrading();
    const busy = (await on.ground.run(next(spec))).result.failure;
    expect(busy).toMatchObject({ reason: "release_locked" });
    expect(busy?.detail).toMatch(new RegExp(`job ${job.jobId} \\(attempt 1\\) is at it on this runner`));
    on.ground.cluster.release(held(spec));
    expect(await on.ground.gateway.until("it ends", () => job.result, 60_000)).toMatchObject({ outcome: "succeeded" });
  });

  it("by a cancel is stopped politely, and gone on with", async () => {
    const { spec, job } = await upgrading();
    on.ground.gateway.cancel(job, "enough");
    const result = await on.ground.gateway.until("it ends", () => job.result, 60_000);
    expect(result).toMatchObject({ outcome: "cancelled", failure: { reason: "cancelled" } });
    expect(statuses(spec)).not.toContain("pending-upgrade");
    on.ground.cluster.release(held(spec));
    expect((await on.deploy(next(spec))).result.failure).toBeUndefined();
  });

  it("by somebody else is left to a person, who is told what to decide", async () => {
    const spec = on.release(await on.chart("web"));
    await on.deploy(spec);
    await pretend(spec, "pending-upgrade", false);
    const refused = (await on.ground.run(next(spec))).result.failure;
    expect(refused).toMatchObject({ reason: "release_locked" });
    expect(refused?.detail).toMatch(/is pending-upgrade since 20\S+, and not by Berth \(by hand\)[\s\S]*`helm rollback app --namespace/);
    expect((await on.ground.run({ ...spec, destroy: true })).result.failure).toMatchObject({ reason: "release_locked" });
  });

  it("by a removal is gone on with by the next removal, and made whole again by a deploy where it was ours", async () => {
    const spec = on.release(await on.chart("web"));
    await on.deploy(spec);
    await pretend(spec, "uninstalling", true);
    await on.ground.kubectl(["delete", "service", "app", "--namespace", spec.namespace]);
    expect((await on.deploy(spec)).result.failure).toBeUndefined();
    expect(on.ground.cluster.object("services", "app", spec.namespace)).toBeDefined();
    await pretend(spec, "uninstalling", false);
    expect((await on.ground.run(spec)).result.failure?.detail).toContain("ends the removal; then deploy again");
    const removed = await on.deploy({ ...spec, destroy: true });
    expect(removed.planned.notes).toContain("the removal goes on from there");
    expect(removed.result.failure).toBeUndefined();
    expect(statuses(spec)).toEqual([]);
  });
});

describe("a stored record", () => {
  it("that can't be read is named", () => {
    expect(() => decodeRecord("bm90aGluZw==", "secret", "The secret x/y")).toThrow(/The secret x\/y can't be read/);
  });
});
