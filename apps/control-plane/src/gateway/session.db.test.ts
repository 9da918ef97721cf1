import { newId } from "@berth/kit/ids";
import {
  connectScriptedRunner,
  GoodbyeError,
  newRunnerKey,
  type ScriptedRunner,
  type ScriptedRunnerInput,
} from "@berth/testkit/scripted-runner";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cancelJob } from "../jobs/cancel.ts";
import { readJobOutputs } from "../jobs/open-outputs.ts";
import { readLog } from "../logs/read.ts";
import { startTestGateway, type TestGateway } from "../testing/gateway.ts";
import { createTestInstall, type TestInstall } from "../testing/install.ts";
import { createTestJob } from "../testing/jobs.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";

/** Short, so that tests see it end; long enough for a machine that is busy. */
const leaseMs = 2500;

let system: TestSystem;
let gateway: TestGateway;
beforeAll(async () => {
  system = await createTestSystem({ settings: { runnerLeaseMs: leaseMs } });
  gateway = await startTestGateway(system);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
});

const connect = (install: TestInstall, input: Partial<ScriptedRunnerInput> = {}): Promise<ScriptedRunner> =>
  connectScriptedRunner({ url: gateway.url, runnerId: install.runnerId, privateKey: install.privateKey, ...input });

const jobRow = (jobId: string) => system.db.selectFrom("jobs").selectAll().where("id", "=", jobId).executeTakeFirstOrThrow();
const stateOf = async (jobId: string) => {
  const { state, epoch } = await jobRow(jobId);
  return `${state} ${epoch}`;
};
const until = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 8000, interval: 20 });
const eventsOf = async (subjectId: string) =>
  (await system.db.selectFrom("events").select("event").where("subject_id", "=", subjectId).orderBy("id").execute()).map(
    ({ event }) => event,
  );

describe("hello", () => {
  it("lets an enrolled runner in, and shows it online until it leaves", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    expect(runner.ready).toMatchObject({ runnerId: install.runnerId, leaseMs, obsolete: [] });
    const row = () =>
      system.db.selectFrom("runners").select(["state", "version"]).where("id", "=", install.runnerId).executeTakeFirstOrThrow();
    expect(await row()).toEqual({ state: "online", version: "0.0.0-scripted" });
    await runner.close();
    await until(async () => expect((await row()).state).toBe("offline"));
    expect(await eventsOf(install.runnerId)).toEqual(["online", "offline"]);
  });

  it.each([
    ["an unknown runner", "unknown_runner", {}],
    ["a wrong key", "bad_signature", {}],
    ["a disabled runner", "disabled", { state: "disabled" }],
    ["a revoked runner", "revoked", { state: "revoked" }],
  ] as const)("is refused for good to %s", async (_name, code, set) => {
    const install = await createTestInstall(system, system.org.id);
    if ("state" in set) await system.db.updateTable("runners").set({ state: set.state }).where("id", "=", install.runnerId).execute();
    const input = {
      ...(code === "unknown_runner" ? { runnerId: newId("runner") } : {}),
      ...(code === "bad_signature" ? { privateKey: newRunnerKey().privateKey } : {}),
    };
    const error = await connect(install, input).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GoodbyeError);
    expect(error).toMatchObject({ code, fatal: true });
  });

  it("of a second session ends the first, and the second gets the work", async () => {
    const install = await createTestInstall(system, system.org.id);
    const first = await connect(install);
    const second = await connect(install);
    expect(await first.next("goodbye")).toMatchObject({ code: "replaced", fatal: false });
    await first.closed;
    const { jobId } = await createTestJob(system, install);
    expect(await second.next("job.assign")).toMatchObject({ jobId, epoch: 1 });
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    expect(await eventsOf(install.runnerId)).toEqual(["online"]);
    await second.close();
  });
});

describe("a job", () => {
  it("is offered, accepted and reported; a repeat of the report gets the same answer and has no second effect", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const { jobId, logStreamId } = await createTestJob(system, install, { kind: "action.run" });
    const assign = await runner.next("job.assign");
    expect(assign).toMatchObject({ jobId, epoch: 1, logStreamId, redact: ["s3cr3t"], timeoutSeconds: 60, spec: { kind: "action.run" } });
    runner.accept(assign);
    runner.log(logStreamId, 0, "hello ");
    runner.log(logStreamId, 6, "world", { deflate: true });
    await runner.next("log.ack", (ack) => ack.offset === 11);
    runner.finish(assign, {
      logBytes: 11,
      outputs: { url: { value: "http://x\u0000", sensitive: false }, password: { value: "hunter2", sensitive: true } },
      steps: [{ name: "one", exitCode: 0, durationMs: 5, outputs: { secretish: "v" } }],
    });
    expect(await runner.next("job.finish.ack")).toMatchObject({ jobId, epoch: 1, accepted: true });
    runner.finish(assign, { logBytes: 11 });
    expect(await runner.next("job.finish.ack")).toMatchObject({ jobId, epoch: 1, accepted: true });
    const row = await jobRow(jobId);
    expect(row.state).toBe("succeeded");
    expect(JSON.stringify([row.result, row.outputs])).not.toMatch(/hunter2|secretish/);
    expect(await readJobOutputs({ ctx: system.ctx(), jobId })).toEqual({
      plain: { url: "http://x\ufffd" },
      sensitive: { password: "hunter2" },
      steps: { one: { secretish: "v" } },
    });
    expect(await readLog({ ctx: system.ctx(), input: { streamId: logStreamId, offset: 0, maxBytes: 100 } })).toMatchObject({
      text: "hello world",
      ended: true,
    });
    expect(await eventsOf(jobId)).toEqual(["queued", "assigned", "running", "succeeded"]);
    await runner.close();
  });

  it("accepted twice runs once", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const { jobId } = await createTestJob(system, install);
    const assign = await runner.next("job.assign");
    runner.accept(assign);
    runner.accept(assign);
    runner.finish(assign, { outcome: "cancelled" });
    await runner.next("job.finish.ack");
    expect(await eventsOf(jobId)).toEqual(["queued", "assigned", "running", "cancelled"]);
    await runner.close();
  });

  it("whose accept was lost runs on when the runner comes back holding it", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, { onAssign: (_assign, self) => self.cut() });
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply" });
    await runner.closed;
    const again = await connect(install, { holding: [{ jobId, epoch: 1, phase: "running" }] });
    expect(again.ready.obsolete).toEqual([]);
    expect(await stateOf(jobId)).toBe("running 1");
    again.finish({ jobId, epoch: 1 });
    expect(await again.next("job.finish.ack")).toMatchObject({ accepted: true });
    expect(await stateOf(jobId)).toBe("succeeded 1");
    await again.close();
  });

  it("nobody answers for is offered again under the next epoch, and the old epoch is refused", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, { onAssign: (assign, self) => assign.epoch > 1 && self.accept(assign) });
    const { jobId } = await createTestJob(system, install);
    const first = await runner.next("job.assign");
    const second = await runner.next("job.assign");
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    expect(second.logStreamId).not.toBe(first.logStreamId);
    await until(async () => expect(await stateOf(jobId)).toBe("running 2"));
    runner.accept(first);
    expect(await runner.next("job.cancel")).toMatchObject({ jobId, epoch: 1 });
    runner.log(first.logStreamId, 0, "stale");
    expect(await runner.next("log.ack")).toMatchObject({ streamId: first.logStreamId, closed: true });
    runner.finish(first);
    expect(await runner.next("job.finish.ack")).toMatchObject({ epoch: 1, accepted: false });
    expect(await stateOf(jobId)).toBe("running 2");
    await runner.close();
  });

  it("that must not be repeated and got no answer waits for what the runner holds", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, { onAssign: () => {} });
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply" });
    expect(await runner.next("goodbye")).toMatchObject({ fatal: false });
    await runner.closed;
    const again = await connect(install, { holding: [] });
    expect(await again.next("job.assign")).toMatchObject({ jobId, epoch: 2 });
    await again.close();
  });

  it("the runner rejects goes back to the queue, or fails where it never could run", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, {
      onAssign: (assign, self) =>
        assign.epoch === 1
          ? self.send({
              type: "job.reject",
              jobId: assign.jobId,
              epoch: 1,
              reason: assign.spec.kind === "action.run" ? "unknown_kind" : "no_free_slot",
            })
          : self.accept(assign),
    });
    const plan = await createTestJob(system, install);
    await until(async () => expect(await stateOf(plan.jobId)).toBe("running 2"));
    const action = await createTestJob(system, install, { kind: "action.run" });
    await until(async () =>
      expect((await jobRow(action.jobId)).result).toMatchObject({ outcome: "failed", failure: { reason: "runner_rejected" } }),
    );
    await runner.close();
  });

  it("is offered only for free slots, and not to a draining runner", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, { slots: 1 });
    const [first, second] = [await createTestJob(system, install, { target: "a" }), await createTestJob(system, install, { target: "b" })];
    const assign = await runner.next("job.assign");
    expect(assign.jobId).toBe(first.jobId);
    await until(async () => expect(await stateOf(first.jobId)).toBe("running 1"));
    expect(await stateOf(second.jobId)).toBe("queued 0");
    runner.finish(assign, { outcome: "cancelled" });
    expect(await runner.next("job.assign")).toMatchObject({ jobId: second.jobId });
    await runner.close();

    const drained = await createTestInstall(system, system.org.id);
    const draining = await connect(drained, { draining: true, silent: true });
    const waiting = await createTestJob(system, drained);
    draining.send({ type: "heartbeat", seq: 1, freeSlots: 4, draining: true, jobs: [] });
    await draining.next("heartbeat.ack");
    expect(await stateOf(waiting.jobId)).toBe("queued 0");
    draining.send({ type: "heartbeat", seq: 2, freeSlots: 4, draining: false, jobs: [] });
    expect(await draining.next("job.assign")).toMatchObject({ jobId: waiting.jobId });
    await draining.close();
  });

  it("waits while another one writes its target", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const apply = await createTestJob(system, install, { kind: "terraform.apply" });
    const other = await createTestJob(system, install, { kind: "terraform.apply" });
    const elsewhere = await createTestJob(system, install, { kind: "terraform.apply", target: "component:db" });
    await until(async () => expect(await stateOf(elsewhere.jobId)).toBe("running 1"));
    expect(await stateOf(other.jobId)).toBe("queued 0");
    runner.finish({ jobId: apply.jobId, epoch: 1 });
    await until(async () => expect(await stateOf(other.jobId)).toBe("running 1"));
    await runner.close();
  });
});

describe("a runner that is cut off", () => {
  it("gets a plan again under the next epoch, and drops the old one", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const { jobId } = await createTestJob(system, install);
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    runner.cut();
    await until(async () => expect(await stateOf(jobId)).toBe("queued 1"));
    const again = await connect(install, { holding: [{ jobId, epoch: 1, phase: "running" }] });
    expect(again.ready.obsolete).toEqual([{ jobId, epoch: 1 }]);
    expect(await again.next("job.assign")).toMatchObject({ jobId, epoch: 2 });
    await again.close();
  });

  it("keeps its apply: lost within the lease, found again, reported once", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply" });
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    const cutAt = Date.now();
    runner.cut();
    await until(async () => expect(await stateOf(jobId)).toBe("lost 1"));
    expect(Date.now() - cutAt).toBeLessThan(leaseMs + 300);
    const again = await connect(install, { holding: [{ jobId, epoch: 1, phase: "finished" }] });
    again.finish({ jobId, epoch: 1 });
    expect(await again.next("job.finish.ack")).toMatchObject({ accepted: true });
    expect(await eventsOf(jobId)).toEqual(["queued", "assigned", "running", "lost", "found", "succeeded"]);
    await again.close();
  });

  it("keeps its apply without a new session when heartbeats get through again", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, { silent: true });
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply" });
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    await system.db
      .updateTable("jobs")
      .set({ lease_expires_at: new Date(0) })
      .where("id", "=", jobId)
      .execute();
    await until(async () => expect(await stateOf(jobId)).toBe("lost 1"));
    runner.heartbeat();
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    await runner.close();
  });

  it("and comes back without the apply it ran: the job has failed, and the reason says that nobody knows what it did", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply" });
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    runner.cut();
    const again = await connect(install);
    expect((await jobRow(jobId)).result).toMatchObject({ outcome: "failed", failure: { reason: "runner_lost" } });
    await again.close();
  });

  it("sends its log again from where the control plane has it, overlap and all", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const { jobId, logStreamId } = await createTestJob(system, install, { kind: "action.run" });
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    runner.log(logStreamId, 0, "0123456789");
    await runner.next("log.ack", (ack) => ack.offset === 10);
    runner.cut();
    const again = await connect(install, { holding: [{ jobId, epoch: 1, phase: "running" }] });
    again.log(logStreamId, 50, "too far");
    expect(await again.next("log.ack")).toMatchObject({ offset: 10 });
    again.log(logStreamId, 0, "0123456789ab", { deflate: true });
    again.log(logStreamId, 12, "cdef");
    await again.next("log.ack", (ack) => ack.offset === 16);
    expect(await readLog({ ctx: system.ctx(), input: { streamId: logStreamId, offset: 0, maxBytes: 100 } })).toMatchObject({
      text: "0123456789abcdef",
    });
    await again.close();
  });
});

describe("a cancel", () => {
  it("ends a queued job at once and asks the runner to stop a running one", async () => {
    const install = await createTestInstall(system, system.org.id);
    const queued = await createTestJob(system, install);
    expect(await cancelJob({ ctx: system.ctx(), input: { jobId: queued.jobId, reason: "changed my mind" } })).toEqual({
      state: "cancelled",
    });
    const runner = await connect(install);
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply" });
    const assign = await runner.next("job.assign");
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    expect(await cancelJob({ ctx: system.ctx(), input: { jobId, reason: "stop it" } })).toEqual({ state: "running" });
    expect(await runner.next("job.cancel")).toMatchObject({ jobId, epoch: 1, reason: "stop it" });
    runner.finish(assign, { outcome: "cancelled", failure: { reason: "cancelled", detail: "stopped" } });
    await runner.next("job.finish.ack");
    expect(await stateOf(jobId)).toBe("cancelled 1");
    await runner.close();
  });

  it("of a lost apply ends it here, and the runner is told to stop when it comes back", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply" });
    await until(async () => expect(await stateOf(jobId)).toBe("running 1"));
    runner.cut();
    await until(async () => expect(await stateOf(jobId)).toBe("lost 1"));
    await cancelJob({ ctx: system.ctx(), input: { jobId, reason: "give up" } });
    const again = await connect(install, { holding: [{ jobId, epoch: 1, phase: "running" }] });
    expect(await again.next("job.cancel")).toMatchObject({ jobId, epoch: 1 });
    again.finish({ jobId, epoch: 1 });
    expect(await again.next("job.finish.ack")).toMatchObject({ accepted: false });
    expect(await stateOf(jobId)).toBe("cancelled 1");
    expect((await eventsOf(jobId)).at(-1)).toBe("reported_late");
    await again.close();
  });
});

describe("a session", () => {
  it("ends for good when its runner is disabled", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    await system.db.updateTable("runners").set({ state: "disabled" }).where("id", "=", install.runnerId).execute();
    await system.bus.publish({ topic: "runner", data: { runnerId: install.runnerId } });
    expect(await runner.next("goodbye")).toMatchObject({ code: "disabled", fatal: true });
    await runner.closed;
  });

  it.each([
    ["text that is no message", "nonsense"],
    ["a message that does not fit its schema", JSON.stringify({ type: "heartbeat", seq: -1 })],
    ["a frame that is no log chunk", Buffer.from([9, 9, 9])],
  ])("ends on %s", async (_name, data) => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install);
    runner.sendRaw(data);
    expect(await runner.next("goodbye")).toMatchObject({ code: "protocol", fatal: false });
  });

  it("ends on a log chunk that is not as long as it says, and skips messages of types to come", async () => {
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, { silent: true });
    runner.sendRaw(JSON.stringify({ type: "weather", sunny: true }));
    runner.heartbeat();
    await runner.next("heartbeat.ack");
    const { logStreamId } = await createTestJob(system, install);
    await runner.next("job.assign");
    runner.log(logStreamId, 0, Buffer.alloc(200_000), { deflate: true });
    expect(await runner.next("goodbye")).toMatchObject({ code: "protocol" });
  });

  it("does not show a runner streams of others: their chunks are not wanted", async () => {
    const install = await createTestInstall(system, system.org.id);
    const other = await createTestInstall(system, system.org.id);
    const { logStreamId } = await createTestJob(system, other);
    const runner = await connect(install);
    runner.log(logStreamId, 0, "intruder");
    expect(await runner.next("log.ack")).toMatchObject({ streamId: logStreamId, closed: true });
    expect(await readLog({ ctx: system.ctx(), input: { streamId: logStreamId, offset: 0, maxBytes: 10 } })).toMatchObject({ text: "" });
    await runner.close();
  });

  it("moves to another replica when its own stops", async () => {
    await using leaving = await startTestGateway(system.replica());
    const install = await createTestInstall(system, system.org.id);
    const runner = await connect(install, { url: leaving.url });
    expect(leaving.gateway.sessionCount()).toBe(1);
    const closing = leaving.gateway.close({ moveWithinMs: 5000 });
    expect(await runner.next("move")).toMatchObject({ withinMs: 5000 });
    const moved = await connect(install);
    await runner.close();
    await closing;
    expect(await eventsOf(install.runnerId)).toEqual(["online"]);
    await moved.close();
  });
});
