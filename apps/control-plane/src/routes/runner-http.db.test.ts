import { gzipSync } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import { planHeader } from "@berth/plan/header";
import type { JobResult } from "@berth/protocol/job-result";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { newRunnerKey } from "@berth/testkit/scripted-runner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpApp } from "../http/handle.ts";
import { abandonJob } from "../jobs/abandon.ts";
import { acceptJob } from "../jobs/accept.ts";
import { claimJob } from "../jobs/claim.ts";
import { finishJob } from "../jobs/finish.ts";
import { loseJob } from "../jobs/lose.ts";
import { requeueJob } from "../jobs/requeue.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import { mintJobToken } from "../jobs/token.ts";
import { createEnrolmentToken } from "../runners/create-enrolment-token.ts";
import { createRunner } from "../runners/create.ts";
import { openSession } from "../runners/open-session.ts";
import { switchRunner } from "../runners/set-state.ts";
import { testApp } from "../testing/http.ts";
import { createTestInstall, createTestRunner, type TestInstall } from "../testing/install.ts";
import { createTestJob } from "../testing/jobs.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { mountRunnerHttpRoutes } from "./runner-http.ts";

let system: TestSystem;
let app: HttpApp;
beforeAll(async () => {
  system = await createTestSystem();
  app = testApp(system, (on) => mountRunnerHttpRoutes(on, system));
});
afterAll(() => system[Symbol.asyncDispose]());

/** A runner with a session, as the gateway would have opened it. */
async function session(
  install: { orgId: string; installId: string; runnerId: string },
  holding: { jobId: string; epoch: number; phase: "running" | "finished" }[] = [],
) {
  const sessionId = `ses${Math.random()}`;
  const capabilities = { os: "linux", arch: "x64", node: "24", kinds: [], tools: {} };
  const opened = await openSession({
    system,
    input: {
      sessionId,
      runner: install,
      hello: { type: "hello", runnerId: install.runnerId, signature: "", version: "1", capabilities, slots: 4, draining: false, holding },
    },
  });
  return { sessionId, token: opened?.sessionToken ?? "" };
}

type Running = { jobId: string; epoch: number; token: string; sessionToken: string; install: TestInstall };

/** A job that its runner has accepted. */
async function running(input: Parameters<typeof createTestJob>[2] = {}, install?: TestInstall): Promise<Running> {
  const on = install ?? (await createTestInstall(system, system.org.id));
  const { sessionId, token: sessionToken } = await session(on);
  await createTestJob(system, on, { kind: "terraform.apply", ...input });
  return { ...(await take(on, sessionId)), sessionToken, install: on };
}

async function take(install: TestInstall, sessionId: string) {
  const ctx = runnerCtx(system, install);
  const job = await claimJob({ ctx, input: { runnerId: install.runnerId, sessionId, capacity: 4 } });
  if (!job) throw new Error("nothing to claim");
  await acceptJob({ ctx, input: { runnerId: install.runnerId, sessionId, jobId: job.id, epoch: job.epoch } });
  return { jobId: job.id, epoch: job.epoch, token: tokenOf(job.id, job.epoch) };
}

const tokenOf = (jobId: string, epoch: number): string =>
  mintJobToken(system.vault, { jobId, epoch, expires: new Date(Date.now() + 60_000) });
const done = (result: Partial<JobResult> = {}): JobResult => {
  const now = new Date().toISOString();
  return { outcome: "succeeded", logBytes: 0, startedAt: now, finishedAt: now, ...result };
};
const finish = (job: Running, result?: Partial<JobResult>) =>
  finishJob({
    ctx: runnerCtx(system, job.install),
    input: { runnerId: job.install.runnerId, jobId: job.jobId, epoch: job.epoch, result: done(result) },
  });

const send = (method: string, path: string, token: string, body?: string | Buffer, headers: Record<string, string> = {}) =>
  app.request(path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
const codeOf = async (response: Response) => `${response.status} ${((await response.json()) as { code: string }).code}`;

const stateOf = (serial: number, lineage = "l1"): string =>
  JSON.stringify({ version: 4, serial, lineage, outputs: { password: { value: "hunter2" } } });
const put = (job: Running, sequence: number, content: string, headers: Record<string, string> = {}) =>
  send("PUT", runnerPaths.stateVersion(job.jobId, sequence), job.sessionToken, content, {
    "berth-epoch": String(job.epoch),
    "berth-digest": sha256(content),
    ...headers,
  });
const lock = (job: Running, id: string) =>
  send("POST", runnerPaths.lock(job.jobId), job.token, JSON.stringify({ ID: id, Operation: "OperationTypeApply", Who: "me@host" }));
const unlock = (job: Running, id: string) => send("POST", runnerPaths.unlock(job.jobId), job.token, JSON.stringify({ ID: id }));

describe("a job token", () => {
  it("opens its own job under its epoch while that runs, and nothing else", async () => {
    const job = await running();
    const other = await running();
    expect((await send("GET", runnerPaths.state(job.jobId), job.token)).status).toBe(204);
    expect(await codeOf(await send("GET", runnerPaths.state(other.jobId), job.token))).toBe("401 unauthenticated");
    expect(await codeOf(await send("GET", runnerPaths.state(job.jobId), `${job.token.slice(0, -4)}AAAA`))).toBe("401 unauthenticated");
    expect(await codeOf(await send("GET", runnerPaths.state(job.jobId), job.sessionToken))).toBe("401 unauthenticated");
    expect(await codeOf(await app.request(runnerPaths.state(job.jobId)))).toBe("401 unauthenticated");
    expect(await codeOf(await send("GET", runnerPaths.state(job.jobId), tokenOf(job.jobId, 2)))).toBe("409 epoch_stale");
    const expired = mintJobToken(system.vault, { jobId: job.jobId, epoch: 1, expires: new Date(Date.now() - 1) });
    expect(await codeOf(await send("GET", runnerPaths.state(job.jobId), expired))).toBe("401 unauthenticated");
    await finish(job);
    expect(await codeOf(await send("GET", runnerPaths.state(job.jobId), job.token))).toBe("409 state_conflict");
  });
});

describe("state versions", () => {
  it("are stored in order, encrypted, each once, and read by the next job", async () => {
    const job = await running();
    expect(await (await put(job, 1, stateOf(1))).json()).toEqual({ version: 1 });
    expect(await (await put(job, 1, stateOf(1))).json()).toEqual({ version: 1 });
    expect(await codeOf(await put(job, 1, stateOf(9)))).toBe("409 state_conflict");
    expect(await codeOf(await put(job, 3, stateOf(3)))).toBe("409 state_conflict");
    expect(await (await put(job, 2, stateOf(2))).json()).toEqual({ version: 2 });
    await finish(job);
    const next = await running({}, job.install);
    const read = await send("GET", runnerPaths.state(next.jobId), next.token);
    expect(await read.json()).toEqual(JSON.parse(stateOf(2)));
    const rows = await system.db.selectFrom("terraform_states").selectAll().where("install_id", "=", job.install.installId).execute();
    expect(rows.map(({ serial, lineage }) => ({ serial, lineage }))).toEqual([
      { serial: 1, lineage: "l1" },
      { serial: 2, lineage: "l1" },
    ]);
    expect(Buffer.concat(rows.map((row) => row.content_enc)).includes("hunter2")).toBe(false);
  });

  it("of an older epoch, of altered bytes, of no state and of a stranger are refused", async () => {
    const job = await running();
    expect(await codeOf(await put({ ...job, epoch: 7 }, 1, stateOf(1)))).toBe("409 epoch_stale");
    expect(await codeOf(await put(job, 1, stateOf(1), { "berth-digest": sha256("else") }))).toBe("422 digest_mismatch");
    expect(await codeOf(await put(job, 1, "no state"))).toBe("400 bad_request");
    const stranger = await running();
    expect(await codeOf(await put({ ...job, sessionToken: stranger.sessionToken }, 1, stateOf(1)))).toBe("404 not_found");
    expect(await codeOf(await put({ ...job, sessionToken: "brs_nonsense" }, 1, stateOf(1)))).toBe("401 unauthenticated");
    const plan = await running({ kind: "terraform.plan" });
    expect(await codeOf(await put(plan, 1, stateOf(1)))).toBe("403 forbidden");
  });

  it("are taken from a job that was given up meanwhile, unless another one has written or locked since", async () => {
    const givenUp = async () => {
      const job = await running();
      await loseJob({ ctx: system.ctx(), input: { jobId: job.jobId, epoch: 1 } });
      await abandonJob({ ctx: system.ctx(), input: { jobId: job.jobId } });
      return job;
    };
    const first = await givenUp();
    expect((await put(first, 1, stateOf(1))).status).toBe(200);

    const second = await givenUp();
    const later = await running({}, second.install);
    expect((await lock(later, "l-later")).status).toBe(200);
    const { token } = await session(second.install, [
      { jobId: second.jobId, epoch: 1, phase: "finished" },
      { jobId: later.jobId, epoch: 1, phase: "running" },
    ]);
    expect(await codeOf(await put({ ...second, sessionToken: token }, 1, stateOf(1)))).toBe("423 lock_held");
    expect((await put({ ...later, sessionToken: token }, 1, stateOf(5))).status).toBe(200);
    expect((await unlock(later, "l-later")).status).toBe(200);
    expect(await codeOf(await put({ ...second, sessionToken: token }, 1, stateOf(1)))).toBe("409 state_conflict");
  });
});

describe("a lock", () => {
  it("is held by one job; the other is told by whom and since when; the end of the job releases it", async () => {
    const job = await running();
    expect((await lock(job, "a")).status).toBe(200);
    expect((await lock(job, "a")).status).toBe(200);
    expect((await lock(job, "b")).status).toBe(423);
    const { sessionId, token } = await session(job.install, [{ jobId: job.jobId, epoch: 1, phase: "running" }]);
    await createTestJob(system, job.install, { kind: "action.run" });
    const reader: Running = { ...(await take(job.install, sessionId)), sessionToken: token, install: job.install };
    await system.db.updateTable("jobs").set({ target: "sandbox" }).where("id", "=", reader.jobId).execute();
    const held = await lock(reader, "c");
    expect(held.status).toBe(423);
    expect(await held.json()).toMatchObject({
      ID: "a",
      Who: "me@host",
      Info: expect.stringContaining(job.jobId) as string,
      Created: expect.stringMatching(/^20/) as string,
    });
    expect(await codeOf(await unlock(reader, "a"))).toBe("423 lock_held");
    await finish(job);
    expect((await lock(reader, "c")).status).toBe(200);
    expect((await unlock(reader, "c")).status).toBe(200);
    expect((await unlock(reader, "c")).status).toBe(200);
  });

  it("of an attempt that is over is taken over only once the runner holds nothing of it", async () => {
    const job = await running();
    await lock(job, "dead");
    await loseJob({ ctx: system.ctx(), input: { jobId: job.jobId, epoch: 1 } });
    await abandonJob({ ctx: system.ctx(), input: { jobId: job.jobId } });
    await createTestJob(system, job.install, { kind: "terraform.apply" });
    // The runner comes back with the given up job still in its journal.
    const back = await session(job.install, [{ jobId: job.jobId, epoch: 1, phase: "finished" }]);
    const next: Running = { ...(await take(job.install, back.sessionId)), sessionToken: back.token, install: job.install };
    expect((await lock(next, "mine")).status).toBe(423);
    // It delivers and reports: now nothing of the attempt is left.
    expect(await finish(job)).toEqual({ accepted: false });
    expect((await lock(next, "mine")).status).toBe(200);
  });

  it("of an older attempt is given back by that attempt, which may do nothing else any more", async () => {
    const job = await running();
    await lock(job, "old");
    await system.db.updateTable("jobs").set({ epoch: 2 }).where("id", "=", job.jobId).execute();
    expect(await codeOf(await lock(job, "new"))).toBe("409 epoch_stale");
    expect((await unlock(job, "old")).status).toBe(200);
    expect(await system.db.selectFrom("terraform_locks").select("lock_id").where("job_id", "=", job.jobId).execute()).toEqual([]);
  });

  it("of an attempt that is over is taken over when the runner comes back without it", async () => {
    const job = await running();
    await lock(job, "dead");
    await loseJob({ ctx: system.ctx(), input: { jobId: job.jobId, epoch: 1 } });
    await abandonJob({ ctx: system.ctx(), input: { jobId: job.jobId } });
    const next = await running({}, job.install);
    expect((await lock(next, "mine")).status).toBe(200);
  });
});

describe("a plan", () => {
  const bytes = Buffer.from([1, 2, 3, 0, 255]);
  const upload = (job: Running, content = bytes, headers: Record<string, string> = {}) =>
    send("PUT", runnerPaths.plan(job.jobId), job.sessionToken, content, {
      "berth-epoch": String(job.epoch),
      "berth-digest": sha256(content),
      ...headers,
    });
  const summary = { digest: sha256(bytes), size: 5, hasChanges: true, create: 1, update: 0, replace: 0, delete: 0, outputsChanged: [] };

  it("is stored once, gets its summary, and reaches the apply that names its digest", async () => {
    const job = await running({ kind: "terraform.plan" });
    const { planId } = (await (await upload(job)).json()) as { planId: string };
    expect(await (await upload(job)).json()).toEqual({ planId });
    expect(await codeOf(await upload(job, Buffer.from("other")))).toBe("409 state_conflict");
    expect(await codeOf(await upload(job, bytes, { "berth-digest": sha256("x") }))).toBe("422 digest_mismatch");
    const display = `${JSON.stringify(planHeader({ kind: "terraform", objects: [] }))}\n`;
    const put = (gzip: Buffer, digest: string) =>
      send("PUT", runnerPaths.planDisplay(job.jobId), job.sessionToken, gzip, { "berth-epoch": "1", "berth-digest": digest });
    expect((await put(gzipSync(display), sha256(display))).status).toBe(200);
    expect(await codeOf(await put(gzipSync(display), sha256("x")))).toBe("422 digest_mismatch");
    expect(await codeOf(await put(Buffer.from(display), sha256(display)))).toBe("400 bad_request");
    expect(await codeOf(await put(gzipSync("{}"), sha256("{}")))).toBe("422 unprocessable");
    expect(await codeOf(await put(gzipSync(Buffer.alloc(100_000_000)), sha256("x")))).toBe("413 too_large");
    await finish(job, { plan: summary });
    expect((await system.db.selectFrom("plans").select("summary").where("id", "=", planId).executeTakeFirstOrThrow()).summary).toEqual(
      summary,
    );

    const apply = await running({ kind: "terraform.apply", planDigest: summary.digest }, job.install);
    const got = await send("GET", runnerPaths.plan(apply.jobId), apply.token);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(bytes);
    const elsewhere = await running({ kind: "terraform.apply", planDigest: summary.digest });
    expect(await codeOf(await send("GET", runnerPaths.plan(elsewhere.jobId), elsewhere.token))).toBe("404 not_found");
    const without = await running({ kind: "terraform.apply", target: "component:x" }, job.install);
    expect(await codeOf(await send("GET", runnerPaths.plan(without.jobId), without.token))).toBe("403 forbidden");
  });

  it("whose stored bytes were altered is not given out", async () => {
    const job = await running({ kind: "terraform.plan" });
    await upload(job);
    await finish(job, { plan: summary });
    const plan = await system.db.selectFrom("plans").selectAll().where("job_id", "=", job.jobId).executeTakeFirstOrThrow();
    const altered = Buffer.from(plan.content_enc);
    altered[altered.length - 20]! ^= 1;
    await system.db.updateTable("plans").set({ content_enc: altered }).where("id", "=", plan.id).execute();
    const apply = await running({ kind: "terraform.apply", planDigest: summary.digest }, job.install);
    expect(await codeOf(await send("GET", runnerPaths.plan(apply.jobId), apply.token))).toBe("422 digest_mismatch");
    // Not even other bytes that were encrypted properly.
    await system.db
      .updateTable("plans")
      .set({ content_enc: system.vault.seal("evil", `plan-content:${plan.id}`) })
      .where("id", "=", plan.id)
      .execute();
    expect(await codeOf(await send("GET", runnerPaths.plan(apply.jobId), apply.token))).toBe("422 digest_mismatch");
  });

  it("that never arrived, or is another than reported, makes its job fail", async () => {
    const missing = await running({ kind: "terraform.plan" });
    await finish(missing, { plan: summary });
    const other = await running({ kind: "terraform.plan" });
    await upload(other, Buffer.from("other"));
    await finish(other, { plan: summary });
    const reasons = await system.db
      .selectFrom("jobs")
      .select(["state", "result"])
      .where("id", "in", [missing.jobId, other.jobId])
      .execute();
    expect(reasons.map(({ state, result }) => `${state} ${result?.failure?.reason}`).toSorted()).toEqual([
      "failed digest_mismatch",
      "failed plan_unavailable",
    ]);
  });

  it("of an attempt that was queued again is refused", async () => {
    const job = await running({ kind: "terraform.plan" });
    await loseJob({ ctx: system.ctx(), input: { jobId: job.jobId, epoch: 1 } });
    const { sessionId, token } = await session(job.install);
    const again = { ...(await take(job.install, sessionId)), sessionToken: token, install: job.install };
    expect(again.epoch).toBe(2);
    expect(await codeOf(await upload({ ...job, sessionToken: token }))).toBe("409 epoch_stale");
    expect((await upload(again)).status).toBe(200);
    expect(await requeueJob({ ctx: system.ctx(), input: { jobId: job.jobId, epoch: 1, reason: "x", released: false } })).toBe(false);
  });
});

describe("enrolment", () => {
  const enroll = (body: unknown) =>
    app.request(runnerPaths.enroll, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const fresh = async () => {
    const install = await createTestInstall(system, system.org.id);
    return createRunner({ ctx: system.ctx(), input: { installId: install.installId, name: "new" } });
  };

  it("registers a key once; the same key again gets the same answer, another key is refused", async () => {
    const { runnerId, enrolToken } = await fresh();
    const { publicKey } = newRunnerKey();
    const body = { token: enrolToken, publicKey, version: "1" };
    const answers = await Promise.all([enroll(body), enroll(body)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await answers[0].json()).toMatchObject({ runnerId });
    expect(await codeOf(await enroll({ ...body, publicKey: newRunnerKey().publicKey }))).toBe("401 unauthenticated");
    const row = await system.db.selectFrom("runners").select(["state", "public_key"]).where("id", "=", runnerId).executeTakeFirstOrThrow();
    expect(row).toEqual({ state: "offline", public_key: publicKey });
  });

  it("at once with two keys lets exactly one in", async () => {
    const { enrolToken } = await fresh();
    const withKey = async () => (await enroll({ token: enrolToken, publicKey: newRunnerKey().publicKey, version: "1" })).status;
    const answers = await Promise.all([withKey(), withKey()]);
    expect(new Set(answers)).toEqual(new Set([200, 401]));
  });

  it("is refused with an expired, replaced, unknown or revoked token, and with a key of another kind", async () => {
    const { publicKey } = newRunnerKey();
    const { runnerId, enrolToken } = await fresh();
    const { token } = await createEnrolmentToken({ ctx: system.ctx(), input: { runnerId } });
    expect(await codeOf(await enroll({ token: enrolToken, publicKey, version: "1" }))).toBe("401 unauthenticated");
    expect(await codeOf(await enroll({ token: "bre_0123456789abcdef", publicKey, version: "1" }))).toBe("401 unauthenticated");
    expect(await codeOf(await enroll({ token, publicKey: Buffer.alloc(44).toString("base64"), version: "1" }))).toBe("400 bad_request");
    await switchRunner({ ctx: system.ctx(), input: { runnerId, to: "revoke" } });
    expect(await codeOf(await enroll({ token, publicKey, version: "1" }))).toBe("401 unauthenticated");
  });

  it("is limited in its rate", async () => {
    const limited = testApp(system, (on) => mountRunnerHttpRoutes(on, system));
    const codes: number[] = [];
    for (let i = 0; i < 12; i++) codes.push((await limited.request(runnerPaths.enroll, { method: "POST", body: "{}" })).status);
    expect(codes.filter((status) => status === 400)).toHaveLength(10);
    expect(codes.slice(-2)).toEqual([429, 429]);
  });
});

describe("a revoked runner", () => {
  it("leaves its queued jobs to another runner of the install, or to the next one", async () => {
    const install = await createTestInstall(system, system.org.id);
    const { jobId } = await createTestJob(system, install);
    const ownerOf = async () =>
      (await system.db.selectFrom("jobs").select("runner_id").where("id", "=", jobId).executeTakeFirstOrThrow()).runner_id;
    await switchRunner({ ctx: system.ctx(), input: { runnerId: install.runnerId, to: "revoke" } });
    expect(await ownerOf()).toBe(install.runnerId);
    const { runnerId } = await createRunner({ ctx: system.ctx(), input: { installId: install.installId, name: "second" } });
    expect(await ownerOf()).toBe(runnerId);
    const third = await createTestRunner(system, install);
    await switchRunner({ ctx: system.ctx(), input: { runnerId, to: "revoke" } });
    expect(await ownerOf()).toBe(third.runnerId);
    await expect(switchRunner({ ctx: system.ctx(), input: { runnerId, to: "enable" } })).rejects.toMatchObject({ code: "runner_disabled" });
  });
});
