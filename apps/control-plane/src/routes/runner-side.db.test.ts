import { gunzipSync } from "node:zlib";
import { newId } from "@berth/kit/ids";
import { encodePlan } from "@berth/plan/encode";
import { planHeader } from "@berth/plan/header";
import type { PlanObject } from "@berth/plan/model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpApp } from "../http/handle.ts";
import { openLogWriter } from "../logs/write.ts";
import { sealPlan } from "../plans/seal.ts";
import { sealState } from "../states/seal.ts";
import { testApp } from "../testing/http.ts";
import { createTestInstall, type TestInstall } from "../testing/install.ts";
import { createTestJob } from "../testing/jobs.ts";
import { createTestOrg, createTestSystem, type TestSystem } from "../testing/system.ts";
import { mountJobsRoutes } from "./jobs.ts";
import { mountLogsRoutes } from "./logs.ts";
import { mountPlansRoutes } from "./plans.ts";
import { mountRunnersRoutes } from "./runners.ts";
import { mountStatesRoutes } from "./states.ts";

let system: TestSystem;
let app: HttpApp;
let other: { id: string };
let install: TestInstall;
let job: { jobId: string; logStreamId: string };
const stateId = newId("state");
const planId = newId("plan");
const shownObjects: PlanObject[] = ["a", "b"].map((address) => ({
  address,
  group: "objects",
  action: "create",
  type: "thing",
  after: { n: "line\nbreak" },
}));
const state = JSON.stringify({ version: 4, serial: 3, lineage: "l" });

beforeAll(async () => {
  system = await createTestSystem();
  app = testApp(system, mountJobsRoutes, mountLogsRoutes, mountPlansRoutes, mountRunnersRoutes, mountStatesRoutes);
  other = await createTestOrg(system);
  install = await createTestInstall(system, system.org.id);
  job = await createTestJob(system, install);
  const common = {
    org_id: system.org.id,
    install_id: install.installId,
    target: "sandbox",
    job_id: job.jobId,
    epoch: 1,
    digest: "sha256:x",
    size: 3,
  };
  await system.db
    .insertInto("terraform_states")
    .values({
      ...common,
      id: stateId,
      version: 1,
      serial: 3,
      lineage: "l",
      sequence: 1,
      content_enc: sealState(system.vault, stateId, Buffer.from(state)),
    })
    .execute();
  const display = (await encodePlan({ header: planHeader({ kind: "terraform", objects: shownObjects }), objects: shownObjects })).gzip;
  await system.db
    .insertInto("plans")
    .values({
      ...common,
      id: planId,
      content_enc: sealPlan(system.vault, planId, "content", Buffer.from("plan")),
      display_enc: sealPlan(system.vault, planId, "display", display),
      summary: null,
    })
    .execute();
});
afterAll(() => system[Symbol.asyncDispose]());

const call = async (method: string, path: string, body?: unknown, org?: string) => {
  const headers = { "content-type": "application/json", ...(org === undefined ? {} : { "x-org": org }) };
  const response = await app.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
};
const get = (path: string, org?: string) => call("GET", path, undefined, org);

describe("another org", () => {
  it("finds nothing of what belongs to this one", async () => {
    const paths: [string, string, unknown?][] = [
      ["GET", `/v1/runners/${install.runnerId}`],
      ["POST", `/v1/runners/${install.runnerId}/enrolment-tokens`],
      ["POST", `/v1/runners/${install.runnerId}/disable`],
      ["POST", `/v1/runners/${install.runnerId}/enable`],
      ["POST", `/v1/runners/${install.runnerId}/revoke`],
      ["GET", `/v1/jobs/${job.jobId}`],
      ["POST", `/v1/jobs/${job.jobId}/cancel`],
      ["GET", `/v1/log-streams/${job.logStreamId}/logs`],
      ["GET", `/v1/log-streams/${job.logStreamId}/tail`],
      ["GET", `/v1/terraform-states/${stateId}`],
      ["GET", `/v1/terraform-states/${stateId}/content`],
      ["POST", `/v1/installs/${install.installId}/terraform-locks/force-unlock`, { target: "sandbox", lockId: "x", reason: "r" }],
      ["GET", `/v1/plans/${planId}`],
      ["GET", `/v1/plans/${planId}/display`],
    ];
    for (const [method, path, body] of paths) {
      const answer = await call(method, path, body ?? (method === "POST" ? {} : undefined), other.id);
      expect([path, answer.status, answer.body["code"]]).toEqual([path, 404, "not_found"]);
    }
    for (const path of [
      "/v1/runners",
      "/v1/jobs",
      `/v1/installs/${install.installId}/terraform-states`,
      `/v1/installs/${install.installId}/terraform-locks`,
    ]) {
      expect([path, (await get(path, other.id)).body]).toEqual([path, { items: [] }]);
      expect((await get(path)).status).toBe(200);
    }
  });
});

describe("runners", () => {
  it("are shown with why they get no work, and switched off and on", async () => {
    const path = `/v1/runners/${install.runnerId}`;
    expect((await get(path)).body).toMatchObject({
      state: "offline",
      waiting: { reason: "runner_offline" },
      jobs: [{ id: job.jobId, state: "queued" }],
    });
    expect((await call("POST", `${path}/disable`)).body).toEqual({ state: "disabled" });
    expect((await call("POST", `${path}/disable`)).body).toEqual({ state: "disabled" });
    expect((await get(`/v1/jobs/${job.jobId}`)).body).toMatchObject({ state: "queued", waiting: { reason: "runner_disabled" } });
    expect((await call("POST", `${path}/enable`)).body).toEqual({ state: "offline" });
    const token = await call("POST", `${path}/enrolment-tokens`);
    expect(token).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^bre_/) as string } });
    const events = await system.db.selectFrom("events").select("event").where("subject_id", "=", install.runnerId).orderBy("id").execute();
    expect(events.map(({ event }) => event)).toEqual(["disabled", "enabled", "enrolment_token_created"]);
  });
});

describe("jobs", () => {
  it("are listed in pages and filtered", async () => {
    const more = [await createTestJob(system, install, { target: "a" }), await createTestJob(system, install, { target: "b" })];
    const first = (await get(`/v1/jobs?limit=2&installId=${install.installId}`)).body as { items: { id: string }[]; next: string };
    const second = (await get(`/v1/jobs?limit=2&installId=${install.installId}&cursor=${first.next}`)).body as typeof first;
    expect([...first.items, ...second.items].map(({ id }) => id).toSorted()).toEqual([job, ...more].map(({ jobId }) => jobId).toSorted());
    expect(second.next).toBeUndefined();
    expect((await get("/v1/jobs?state=running")).body).toEqual({ items: [] });
  });

  it("are cancelled with a reason, which stands in their failure", async () => {
    const { jobId } = await createTestJob(system, install, { target: "c" });
    expect(await call("POST", `/v1/jobs/${jobId}/cancel`, { reason: "wrong one" })).toEqual({ status: 202, body: { state: "cancelled" } });
    expect((await get(`/v1/jobs/${jobId}`)).body).toMatchObject({
      state: "cancelled",
      failure: { reason: "cancelled", detail: "wrong one" },
    });
  });
});

describe("logs", () => {
  it("are read from an offset and followed as events that tell where to resume", async () => {
    const writer = await openLogWriter({ ctx: system.ctx(), streamId: job.logStreamId });
    await writer.write("first\nsecond\n");
    expect((await get(`/v1/log-streams/${job.logStreamId}/logs?offset=6`)).body).toEqual({
      offset: 6,
      text: "second\n",
      next: 13,
      ended: false,
    });
    expect((await get(`/v1/log-streams/${job.logStreamId}/logs?offset=99`)).status).toBe(416);
    const response = await app.request(`/v1/log-streams/${job.logStreamId}/tail?offset=0`, { headers: { "last-event-id": "6" } });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    await writer.close();
    const text = await response.text();
    expect(text).toContain('id: 13\nevent: log\ndata: {"offset":6,"text":"second\\n"}\n\n');
    expect(text).toContain('id: 13\nevent: end\ndata: {"offset":13}\n\n');
  });
});

describe("states", () => {
  it("are listed, and a download stands in the audit trail", async () => {
    expect((await get(`/v1/installs/${install.installId}/terraform-states?target=sandbox`)).body).toMatchObject({
      items: [{ id: stateId, version: 1, serial: 3 }],
    });
    expect((await get(`/v1/terraform-states/${stateId}/content`)).body).toEqual(JSON.parse(state));
    const events = await system.db.selectFrom("events").select(["event", "actor"]).where("subject_kind", "=", "state").execute();
    expect(events).toEqual([{ event: "downloaded", actor: "token:test" }]);
  });

  it("a lock is released by a person only when its job is not running, and by its id", async () => {
    const place = { install_id: install.installId, target: "sandbox" };
    await system.db
      .insertInto("terraform_locks")
      .values({ ...place, org_id: system.org.id, lock_id: "l1", info: JSON.stringify({ Who: "me@host" }), job_id: job.jobId, epoch: 1 })
      .execute();
    const locks = `/v1/installs/${install.installId}/terraform-locks`;
    expect((await get(locks)).body).toMatchObject({ items: [{ target: "sandbox", lockId: "l1", who: "me@host" }] });
    const unlock = (lockId: string) =>
      call("POST", `${locks}/force-unlock`, { target: "sandbox", lockId, reason: "its runner burnt down" });
    expect((await unlock("l2")).status).toBe(404);
    await system.db.updateTable("jobs").set({ state: "running" }).where("id", "=", job.jobId).execute();
    expect((await unlock("l1")).body["code"]).toBe("state_conflict");
    await system.db.updateTable("jobs").set({ state: "lost" }).where("id", "=", job.jobId).execute();
    expect((await unlock("l1")).status).toBe(204);
    expect((await get(locks)).body).toEqual({ items: [] });
  });
});

describe("plans", () => {
  it("are shown as one object, and as lines to who asks for them, compressed where that is understood", async () => {
    expect((await get(`/v1/plans/${planId}`)).body).toMatchObject({ digest: "sha256:x", hasDisplay: true, target: "sandbox" });
    const display = (await get(`/v1/plans/${planId}/display`)).body;
    expect(display).toMatchObject({ version: 1, kind: "terraform", summary: "Plan: 2 to create.", objects: shownObjects });
    for (const encoding of ["gzip", "identity"]) {
      const headers = { accept: "application/x-ndjson", "accept-encoding": encoding };
      const answer = await app.request(`/v1/plans/${planId}/display`, { headers });
      expect(answer.headers.get("content-encoding")).toBe(encoding === "gzip" ? "gzip" : null);
      const body = Buffer.from(await answer.arrayBuffer());
      const lines = (encoding === "gzip" ? gunzipSync(body) : body).toString().trim().split("\n");
      expect(lines.slice(1).map((line) => JSON.parse(line) as unknown)).toEqual(shownObjects);
    }
  });
});
