import { AppError } from "@berth/kit/errors";
import { enrollRequestSchema, lockInfoSchema, runnerPaths, stateUploadHeaders } from "@berth/protocol/runner-http";
import type { Context } from "hono";
import { z } from "zod";
import type { Ctx, System } from "../context.ts";
import type { HttpApp, HttpEnv } from "../http/handle.ts";
import { limitBody } from "../http/limit-body.ts";
import { remoteAddress } from "../http/remote-address.ts";
import { loadForRunner, requireOpen, requireTarget, type RunnerJob } from "../jobs/load-for-runner.ts";
import { openJobToken } from "../jobs/token.ts";
import { readApprovedPlan } from "../plans/read-approved.ts";
import { storePlan, storePlanDisplay } from "../plans/store.ts";
import { createRateLimit } from "../runners/enrol-limit.ts";
import { enrollRunner } from "../runners/enroll.ts";
import { findSession } from "../runners/find-session.ts";
import { lockState } from "../states/lock.ts";
import { readCurrentState } from "../states/read-current.ts";
import { storeState } from "../states/store.ts";
import { unlockState } from "../states/unlock.ts";

const maxUploadBytes = 64 * 1024 * 1024;
const maxSmallBytes = 64 * 1024;
const uploads = /\/(?:plan|plan-display|states\/\d+)$/;
const sequenceSchema = z.coerce.number().int().positive().max(1_000_000);

/** The runners' HTTP requests, with the credentials of their own: see `@berth/protocol/runner-paths`. */
export function mountRunnerHttpRoutes(app: HttpApp, system: System): void {
  const jobPath = { id: ":jobId" };
  const perAddress = createRateLimit({ burst: 10, everyMs: 2000 });
  const allTogether = createRateLimit({ burst: 100, everyMs: 50 });
  app.use(
    "/runner/v1/*",
    limitBody((path) => (uploads.test(path) ? maxUploadBytes : maxSmallBytes)),
  );

  app.post(runnerPaths.enroll, async (c) => {
    const from = remoteAddress(c);
    const now = system.now().getTime();
    if (!perAddress.take(from ?? "", now) || !allTogether.take("", now))
      throw new AppError("rate_limited", "Too many enrolments from here just now. Try again in a few seconds.");
    const input = parse(enrollRequestSchema, await readJson(c), "The enrolment request");
    return c.json(await enrollRunner({ system, input, ...(from === undefined ? {} : { from }) }));
  });

  app.get(runnerPaths.state(jobPath.id), async (c) => {
    const { ctx, job } = await withJobToken(system, c);
    requireOpen(job);
    const state = await readCurrentState({ ctx, input: { installId: job.installId, target: requireTarget(job) } });
    if (!state) return c.body(null, 204);
    return c.body(new Uint8Array(state.content), 200, { "content-type": "application/json", "cache-control": "no-store" });
  });

  app.post(runnerPaths.lock(jobPath.id), async (c) => {
    const { ctx, job } = await withJobToken(system, c);
    requireOpen(job);
    const holder = await lockState({ ctx, job, info: parse(lockInfoSchema, await readJson(c), "The lock info") });
    return holder ? c.json(holder, 423) : c.json({});
  });

  app.post(runnerPaths.unlock(jobPath.id), async (c) => {
    const { ctx, job } = await withJobToken(system, c, { anyEpoch: true });
    const info = parse(lockInfoSchema, await readJson(c), "The lock info");
    await unlockState({ ctx, job, lockId: info.ID });
    return c.json({});
  });

  app.get(runnerPaths.plan(jobPath.id), async (c) => {
    const { ctx, job } = await withJobToken(system, c);
    requireOpen(job);
    const bytes = await readApprovedPlan({ ctx, job });
    return c.body(new Uint8Array(bytes), 200, { "content-type": "application/octet-stream", "cache-control": "no-store" });
  });

  app.put("/runner/v1/jobs/:jobId/states/:sequence", async (c) => {
    const { ctx, job, digest } = await withUpload(system, c);
    const sequence = parse(sequenceSchema, c.req.param("sequence"), "The sequence");
    const { version } = await storeState({ ctx, job, input: { sequence, digest, content: await readBytes(c) } });
    return c.json({ version });
  });

  app.put(runnerPaths.plan(jobPath.id), async (c) => {
    const { ctx, job, digest } = await withUpload(system, c);
    return c.json(await storePlan({ ctx, job, input: { digest, content: await readBytes(c) } }));
  });

  app.put(runnerPaths.planDisplay(jobPath.id), async (c) => {
    const { ctx, job, digest } = await withUpload(system, c);
    await storePlanDisplay({ ctx, job, input: { digest, gzip: await readBytes(c) } });
    return c.json({});
  });
}

/** The job of a job token; another job's path is as good as a wrong token. */
function withJobToken(system: System, c: Context<HttpEnv>, options: { anyEpoch?: boolean } = {}): Promise<{ ctx: Ctx; job: RunnerJob }> {
  const content = openJobToken(system.vault, bearer(c), system.now());
  if (content.jobId !== c.req.param("jobId")) throw new AppError("unauthenticated", "The job token belongs to another job");
  return loadForRunner({ system, input: { ...content, ...options } });
}

/** The job of an upload: one of the session's runner, under the epoch the upload names. */
async function withUpload(system: System, c: Context<HttpEnv>): Promise<{ ctx: Ctx; job: RunnerJob; digest: string }> {
  const { runnerId } = await findSession({ system, token: bearer(c) });
  const headers = parse(stateUploadHeaders, c.req.header(), "The upload's headers");
  const jobId = c.req.param("jobId") ?? "";
  const found = await loadForRunner({ system, input: { jobId, epoch: headers["berth-epoch"], runnerId } });
  return { ...found, digest: headers["berth-digest"] };
}

function bearer(c: Context<HttpEnv>): string {
  const token = /^Bearer +(\S{1,1024})$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (token === undefined) throw new AppError("unauthenticated", "A token is missing: Authorization: Bearer …");
  return token;
}

async function readBytes(c: Context<HttpEnv>): Promise<Buffer> {
  return Buffer.from(await c.req.arrayBuffer());
}

async function readJson(c: Context<HttpEnv>): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    throw new AppError("bad_request", "The request body is not JSON");
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Paths and rules only: a value may be a credential.
  const [issue] = parsed.error.issues;
  throw new AppError("bad_request", `${what} is not valid: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}
