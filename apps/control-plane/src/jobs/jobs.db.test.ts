import { jobStatesAccepting, nextJobState, type JobEvent, type JobState } from "@berth/protocol/job-state";
import type { JobResult } from "@berth/protocol/job-result";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestInstall, createTestRunner, type TestInstall } from "../testing/install.ts";
import { createTestJob } from "../testing/jobs.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { abandonJob } from "./abandon.ts";
import { acceptJob } from "./accept.ts";
import { cancelJob } from "./cancel.ts";
import { claimJob } from "./claim.ts";
import { finishJob } from "./finish.ts";
import { listJobs } from "./list.ts";
import { loseJob } from "./lose.ts";
import { requeueJob } from "./requeue.ts";
import { runnerCtx } from "./runner-ctx.ts";
import { sweepJobs } from "./sweep.ts";

let system: TestSystem;
let replica: TestSystem;
beforeAll(async () => {
  system = await createTestSystem();
  replica = system.replica();
});
afterAll(() => system[Symbol.asyncDispose]());

/** An open session row of an online runner. */
async function openRow(runner: { orgId: string; runnerId: string }): Promise<string> {
  const sessionId = `ses${Math.random()}`;
  await system.db.updateTable("runners").set({ state: "online" }).where("id", "=", runner.runnerId).execute();
  await system.db
    .insertInto("runner_sessions")
    .values({ id: sessionId, org_id: runner.orgId, runner_id: runner.runnerId, replica_id: "r", token_hash: sessionId })
    .execute();
  return sessionId;
}

const row = (jobId: string) => system.db.selectFrom("jobs").selectAll().where("id", "=", jobId).executeTakeFirstOrThrow();
const result = (outcome: JobResult["outcome"]): JobResult => {
  const now = new Date().toISOString();
  return { outcome, logBytes: 0, startedAt: now, finishedAt: now };
};

describe("claiming", () => {
  it("gives each job once, however many replicas ask at once", async () => {
    const install = await createTestInstall(system, system.org.id);
    const sessionId = await openRow(install);
    const jobs = [];
    for (let index = 0; index < 30; index++) jobs.push((await createTestJob(system, install, { target: `component:c${index}` })).jobId);
    const claim = (on: TestSystem) =>
      claimJob({ ctx: runnerCtx(on, install), input: { runnerId: install.runnerId, sessionId, capacity: 1000 } });
    const claimed: string[] = [];
    while (claimed.length < 30) {
      const round = await Promise.all(Array.from({ length: 16 }, (_, index) => claim(index % 2 ? system : replica)));
      claimed.push(...round.flatMap((job) => (job ? [job.id] : [])));
    }
    expect(claimed.toSorted()).toEqual(jobs.toSorted());
    expect(await claim(system)).toBeUndefined();
    const attempts = await system.db.selectFrom("job_attempts").select("epoch").where("job_id", "in", jobs).execute();
    expect(attempts.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, () => 1));
  });

  it("never lets two runners of an install write the same target", async () => {
    const install = await createTestInstall(system, system.org.id);
    const second: TestInstall = { ...install, ...(await createTestRunner(system, install)) };
    const sessions = [await openRow(install), await openRow(second)];
    for (const runner of [install, second, install, second]) {
      await system.db
        .updateTable("runners")
        .set({ state: "disabled" })
        .where("id", "in", [install.runnerId, second.runnerId])
        .where("id", "!=", runner.runnerId)
        .execute();
      await createTestJob(system, install, { kind: "terraform.apply" });
      await system.db.updateTable("runners").set({ state: "online" }).where("id", "in", [install.runnerId, second.runnerId]).execute();
    }
    const claimed = await Promise.all(
      [install, second, install, second].map((runner, index) =>
        claimJob({
          ctx: runnerCtx(index < 2 ? system : replica, runner),
          input: { runnerId: runner.runnerId, sessionId: sessions[index % 2] ?? "", capacity: 10 },
        }),
      ),
    );
    expect(claimed.filter((job) => job !== undefined)).toHaveLength(1);
  });

  it("goes by how much waits behind a job, then by age, and a job that waits says how many go first", async () => {
    const install = await createTestInstall(system, system.org.id);
    const sessionId = await openRow(install);
    const make = async (target: string, priority: number): Promise<string> =>
      (await createTestJob(system, install, { target: `component:${target}`, priority })).jobId;
    const [short, next, long] = [await make("short", 0), await make("next", 0), await make("long", 5)];
    const claim = async (): Promise<string | undefined> =>
      (await claimJob({ ctx: runnerCtx(system, install), input: { runnerId: install.runnerId, sessionId, capacity: 2 } }))?.id;
    expect([await claim(), await claim(), await claim()]).toEqual([long, short, undefined]);
    await system.db.updateTable("runners").set({ slots: 2 }).where("id", "=", install.runnerId).execute();
    const last = await make("last", 0);
    const { items } = await listJobs(system.ctx(), { installId: install.installId, limit: 10 });
    const why = (id: string) => items.find((job) => job.id === id)?.waiting;
    expect(why(next)).toMatchObject({ reason: "runner_busy" });
    expect(why(last)?.next).toContain("and the one that goes first has begun");
    expect(why(long)).toMatchObject({ reason: "awaiting_accept" });
  });

  it("gives nothing to a session that was ended", async () => {
    const install = await createTestInstall(system, system.org.id);
    const sessionId = await openRow(install);
    await createTestJob(system, install);
    await system.db.updateTable("runner_sessions").set({ closed_at: new Date() }).where("id", "=", sessionId).execute();
    expect(
      await claimJob({ ctx: runnerCtx(system, install), input: { runnerId: install.runnerId, sessionId, capacity: 4 } }),
    ).toBeUndefined();
  });
});

describe("a lost apply", () => {
  it("tells its workflow now and after the reconnect window, and a person may give it up", async () => {
    const install = await createTestInstall(system, system.org.id);
    const sessionId = await openRow(install);
    await system.db
      .insertInto("workflows")
      .values({
        id: "wfl1",
        org_id: system.org.id,
        install_id: install.installId,
        app_config_id: install.appConfigId,
        operation: "deploy",
        params: "{}",
        state: "running",
        created_by: "t",
      })
      .execute();
    const { jobId } = await createTestJob(system, install, { kind: "terraform.apply", workflowId: "wfl1" });
    await claimJob({ ctx: runnerCtx(system, install), input: { runnerId: install.runnerId, sessionId, capacity: 4 } });
    await acceptJob({ ctx: runnerCtx(system, install), input: { runnerId: install.runnerId, sessionId, jobId, epoch: 1 } });
    system.enqueued.length = 0;
    await system.db
      .updateTable("jobs")
      .set({ lease_expires_at: new Date(Date.now() - 1) })
      .where("id", "=", jobId)
      .execute();
    await sweepJobs(system);
    expect((await row(jobId)).state).toBe("lost");
    const advance = { queue: "workflow-advance", data: { workflowId: "wfl1" } };
    expect(system.enqueued).toEqual([advance, { ...advance, delayMs: 600_000 }].map((job) => expect.objectContaining(job) as object));
    await abandonJob({ ctx: system.ctx(), input: { jobId, note: "burnt down" } });
    expect((await row(jobId)).result).toMatchObject({
      outcome: "failed",
      failure: { reason: "runner_lost", detail: expect.stringContaining("burnt down") as string },
    });
    await expect(abandonJob({ ctx: system.ctx(), input: { jobId } })).rejects.toMatchObject({ code: "state_conflict" });
  });
});

describe("a deadline", () => {
  it("first reminds the runner and then is not waited for any longer", async () => {
    const install = await createTestInstall(system, system.org.id);
    const sessionId = await openRow(install);
    const { jobId } = await createTestJob(system, install, { timeoutSeconds: 5 });
    await claimJob({ ctx: runnerCtx(system, install), input: { runnerId: install.runnerId, sessionId, capacity: 4 } });
    await acceptJob({ ctx: runnerCtx(system, install), input: { runnerId: install.runnerId, sessionId, jobId, epoch: 1 } });
    const deadline = (ago: number) =>
      system.db
        .updateTable("jobs")
        .set({ deadline_at: new Date(Date.now() - ago) })
        .where("id", "=", jobId)
        .execute();
    await deadline(30_000);
    await sweepJobs(system);
    expect((await row(jobId)).cancel_requested_at).toBeNull();
    await deadline(61_000);
    await sweepJobs(system);
    expect((await row(jobId)).cancel_reason).toContain("5 s");
    await deadline(601_000);
    await sweepJobs(system);
    expect(await row(jobId)).toMatchObject({ state: "timed_out", result: { failure: { reason: "timed_out" } } });
  });
});

type Command =
  | { do: "claim" }
  | { do: "accept" | "finish"; epoch: number; outcome: JobResult["outcome"] }
  | { do: "requeue" | "lose"; epoch: number }
  | { do: "cancel" }
  | { do: "abandon" };

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("claim" as const) }),
    fc.record({
      do: fc.constantFrom("accept" as const, "finish" as const),
      epoch: fc.integer({ min: 1, max: 3 }),
      outcome: fc.constantFrom("succeeded" as const, "failed" as const, "cancelled" as const, "timed_out" as const),
    }),
    fc.record({ do: fc.constantFrom("requeue" as const, "lose" as const), epoch: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constantFrom("cancel" as const, "abandon" as const) }),
  ),
  { minLength: 1, maxLength: 14 },
);

const eventOf = { succeeded: "succeed", failed: "fail", cancelled: "cancel", timed_out: "time_out" } as const;

describe("whatever comes in whatever order", () => {
  it("a job moves as the table says, an old epoch changes nothing, and it ends once", async () => {
    const install = await createTestInstall(system, system.org.id);
    const sessionId = await openRow(install);
    await fc.assert(
      fc.asyncProperty(
        commands,
        fc.constantFrom("terraform.plan" as const, "terraform.apply" as const, "action.run" as const),
        async (steps, kind) => {
          const { jobId } = await createTestJob(system, install, { kind, target: `component:${Math.random()}` });
          const ctx = runnerCtx(system, install);
          for (const step of steps) {
            const before = await row(jobId);
            await perform(step, { jobId, sessionId, ctx, install });
            const after = await row(jobId);
            expectLegal(before, after, step, kind);
          }
          const ends = await system.db
            .selectFrom("events")
            .select("event")
            .where("subject_id", "=", jobId)
            .where("event", "in", ["succeeded", "failed", "cancelled", "timed_out"])
            .execute();
          const final = await row(jobId);
          expect(ends.length).toBe(jobStatesAccepting("succeed").includes(final.state) || final.state === "queued" ? 0 : 1);
          // Leave nothing for the next run to claim.
          await cancelJob({ ctx: system.ctx(), input: { jobId, reason: "end of run" } });
          if ((await row(jobId)).state === "running" || (await row(jobId)).state === "assigned")
            await finishJob({ ctx, input: { runnerId: install.runnerId, jobId, epoch: final.epoch, result: result("cancelled") } });
        },
      ),
      { numRuns: 60 },
    );
  });
});

type Where = { jobId: string; sessionId: string; ctx: ReturnType<typeof runnerCtx>; install: TestInstall };

async function perform(step: Command, { jobId, sessionId, ctx, install }: Where): Promise<void> {
  const { runnerId } = install;
  switch (step.do) {
    case "claim":
      await claimJob({ ctx, input: { runnerId, sessionId, capacity: 1000 } });
      return;
    case "accept":
      await acceptJob({ ctx, input: { runnerId, sessionId, jobId, epoch: step.epoch } });
      return;
    case "finish": {
      const input = { runnerId, jobId, epoch: step.epoch, result: result(step.outcome) };
      const first = await finishJob({ ctx, input });
      expect(await finishJob({ ctx, input })).toEqual(first);
      return;
    }
    case "requeue":
      await requeueJob({ ctx, input: { jobId, epoch: step.epoch, reason: "test", released: false } });
      return;
    case "lose":
      await loseJob({ ctx, input: { jobId, epoch: step.epoch } });
      return;
    case "cancel":
      await cancelJob({ ctx, input: { jobId, reason: "test" } });
      return;
    case "abandon":
      await abandonJob({ ctx, input: { jobId } }).catch(() => {});
  }
}

type Row = { state: JobState; epoch: number; cancel_requested_at: Date | null };

function expectLegal(before: Row, after: Row, step: Command, kind: string): void {
  expect(after.epoch).toBe(step.do === "claim" && before.state === "queued" ? before.epoch + 1 : before.epoch);
  if (before.state === after.state) return;
  const stale = "epoch" in step && step.epoch !== before.epoch;
  expect(stale).toBe(false);
  const events: Record<Command["do"], JobEvent[]> = {
    claim: ["assign"],
    accept: ["accept"],
    finish: "outcome" in step ? [eventOf[step.outcome], "fail"] : [],
    requeue: ["requeue", "cancel"],
    lose: ["lose", "requeue", "cancel"],
    cancel: ["cancel"],
    abandon: ["abandon"],
  };
  const reachable = events[step.do].flatMap((event) => {
    const next = nextJobState(before.state, event);
    return next === undefined ? [] : [next, ...(event === "lose" ? [nextJobState(next, "requeue"), nextJobState(next, "cancel")] : [])];
  });
  expect(reachable).toContain(after.state);
  // Nothing that writes is ever repeated by itself.
  if (step.do === "lose" && kind !== "terraform.plan") expect(after.state).not.toBe("queued");
}
