import { z } from "zod";
import { digestSchema, jobSpecSchema } from "./job-spec.ts";
import { jobResultSchema } from "./job-result.ts";
import { maxReports, offlineLookSchema, offlineRunSchema } from "./schedules.ts";

/** WebSocket subprotocol; its number is the major version. */
export const subprotocol = "berth.runner.v1";

const id = z.string().min(1).max(64);
const epoch = z.number().int().positive();

/** A job the runner still has: running, or ended with something undelivered. */
export const holdingSchema = z.object({ jobId: id, epoch, phase: z.enum(["running", "finished"]) });

// ---- control plane → runner ----

/** First message on a connection. The runner signs {@link helloPayload}. */
export const challengeSchema = z.object({ type: z.literal("challenge"), nonce: z.string().min(16), serverTime: z.iso.datetime() });

/** The session is on. Every number the runner goes by comes from here. */
export const readySchema = z.object({
  type: z.literal("ready"),
  sessionId: id,
  runnerId: id,
  /** Bearer token for the runner's HTTP requests while this session is on. */
  sessionToken: z.string().min(1),
  heartbeatMs: z.number().int().positive(),
  /** Without a heartbeat for this long the server takes the runner's jobs for lost. */
  leaseMs: z.number().int().positive(),
  maxChunkBytes: z.number().int().positive(),
  /** How many log bytes per stream may be under way unacknowledged. */
  logWindowBytes: z.number().int().positive(),
  /** Held jobs the server no longer wants at that epoch: stop them and drop what they hold. */
  obsolete: z.array(z.object({ jobId: id, epoch })),
  /** The server takes `looks` in reports. */
  looks: z.boolean().optional(),
  /** Ed25519 public key, SPKI DER in base64, that schedules are signed with. Absent: the server takes no reports of runs without a link. */
  scheduleKey: z.string().min(32).max(256).optional(),
});

/** Work. Answer with `job.accept` or `job.reject` within 2 s, or it is offered again under the next epoch. */
export const jobAssignSchema = z.object({
  type: z.literal("job.assign"),
  jobId: id,
  epoch,
  installId: id,
  logStreamId: id,
  spec: jobSpecSchema,
  /** Bearer token for this job's own requests (state, lock, plan). It dies with the job. */
  jobToken: z.string().min(1),
  timeoutSeconds: z.number().int().positive(),
  /** Texts that must not appear in a log or result. */
  redact: z.array(z.string()),
  /** The bytes of this digest are the plan to apply. */
  planDigest: digestSchema.optional(),
});

export const jobCancelSchema = z.object({ type: z.literal("job.cancel"), jobId: id, epoch, reason: z.string() });

/** The result is stored (or refused for good because the epoch is old): the runner drops the job. */
export const finishAckSchema = z.object({ type: z.literal("job.finish.ack"), jobId: id, epoch, accepted: z.boolean() });

/** Everything below `offset` is stored durably. Sent also when a chunk did not start where the stream ends: the runner resumes at `offset`. */
export const logAckSchema = z.object({
  type: z.literal("log.ack"),
  streamId: id,
  offset: z.number().int().nonnegative(),
  closed: z.boolean().optional(),
});

export const heartbeatAckSchema = z.object({ type: z.literal("heartbeat.ack"), seq: z.number().int(), serverTime: z.iso.datetime() });

/** This replica is going away: connect again within `withinMs`, at a moment of your own choosing. */
export const moveSchema = z.object({ type: z.literal("move"), withinMs: z.number().int().nonnegative() });

/** What the runner runs by itself while it has no link, in place of what it had before; see `schedules.ts`. */
export const schedulesSetSchema = z.object({
  type: z.literal("schedules.set"),
  body: z.string().max(8 * 1024 * 1024),
  signature: z.string().max(256),
});

/** These runs are stored (or refused for good): the runner drops them. */
export const reportsAckSchema = z.object({ type: z.literal("schedules.report.ack"), ids: z.array(id).max(2 * maxReports) });

/** Why the server ends the session; `fatal` means connecting again will not help until a person acts. */
export const goodbyeSchema = z.object({ type: z.literal("goodbye"), code: z.string(), message: z.string(), fatal: z.boolean() });

export const serverMessageSchema = z.discriminatedUnion("type", [
  challengeSchema,
  readySchema,
  jobAssignSchema,
  jobCancelSchema,
  finishAckSchema,
  logAckSchema,
  heartbeatAckSchema,
  moveSchema,
  goodbyeSchema,
  schedulesSetSchema,
  reportsAckSchema,
]);

// ---- runner → control plane ----

export const capabilitiesSchema = z.object({
  os: z.string(),
  arch: z.string(),
  node: z.string(),
  /** Job kinds this runner can run. */
  kinds: z.array(z.string()),
  /** Tools found, by name, with version. */
  tools: z.record(z.string(), z.string()),
  /** Types of probes that its `health.probe` knows. Absent: `http`, `tcp` and `exec`. */
  probes: z.array(z.string()).optional(),
});

export const helloSchema = z.object({
  type: z.literal("hello"),
  runnerId: id,
  /** Base64 Ed25519 signature of {@link helloPayload}. */
  signature: z.string(),
  version: z.string(),
  capabilities: capabilitiesSchema,
  slots: z.number().int().min(0).max(256),
  draining: z.boolean(),
  holding: z.array(holdingSchema).max(10_000),
});

/** Proof of life on the same channel as dispatch; renews the leases of the jobs named. */
export const heartbeatSchema = z.object({
  type: z.literal("heartbeat"),
  seq: z.number().int().nonnegative(),
  freeSlots: z.number().int().nonnegative(),
  draining: z.boolean(),
  jobs: z.array(z.object({ jobId: id, epoch })),
});

export const jobAcceptSchema = z.object({ type: z.literal("job.accept"), jobId: id, epoch });
export const jobRejectSchema = z.object({ type: z.literal("job.reject"), jobId: id, epoch, reason: z.string().max(1024) });

/** Sent again until acknowledged. Logs, states and plan of the job have been delivered before. */
export const jobFinishSchema = z.object({ type: z.literal("job.finish"), jobId: id, epoch, result: jobResultSchema });

/** Runs and looks made without a link, each oldest first; at least one in all. Sent again on every session until acknowledged. */
export const schedulesReportSchema = z.object({
  type: z.literal("schedules.report"),
  runs: z.array(offlineRunSchema).max(maxReports),
  looks: z.array(offlineLookSchema).max(maxReports).optional(),
});

export const runnerMessageSchema = z.discriminatedUnion("type", [
  helloSchema,
  heartbeatSchema,
  jobAcceptSchema,
  jobRejectSchema,
  jobFinishSchema,
  schedulesReportSchema,
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type RunnerMessage = z.infer<typeof runnerMessageSchema>;
export type ReadyMessage = z.infer<typeof readySchema>;
export type HelloMessage = z.infer<typeof helloSchema>;
export type JobAssign = z.infer<typeof jobAssignSchema>;
export type JobFinish = z.infer<typeof jobFinishSchema>;
export type Capabilities = z.infer<typeof capabilitiesSchema>;
export type Holding = z.infer<typeof holdingSchema>;

/** The bytes a runner signs to prove itself: bound to the nonce, the runner and the purpose. */
export function helloPayload(input: { nonce: string; runnerId: string }): Buffer {
  return Buffer.from(`berth.runner.v1 hello\n${input.runnerId}\n${input.nonce}`, "utf8");
}
