import { createHash, sign, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { jobResultSchema } from "./job-result.ts";
import { actionRunSpec } from "./specs/action.ts";
import { healthProbeSpec, probeReportsSchema } from "./specs/health.ts";

/** How many schedules an install can have at its runner. */
export const maxSchedules = 200;
/** The log of a run without a link, in bytes as reported: its last part where it was longer. */
export const maxOfflineLogBytes = 64 * 1024;
/** Runs in one message at most, and looks. */
export const maxReports = 50;

const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^\P{Cc}+$/u);

/** An action with a cron schedule, rendered with what the install was when it was issued; a run of it gets an id of its own. */
export const scheduledActionSchema = z.object({
  action: name,
  /** Five fields, in UTC. */
  cron: name,
  spec: actionRunSpec.omit({ runId: true }),
  timeoutSeconds: z.number().int().positive(),
});

/** The probes of an install, rendered; they are made together, at most once at a time. */
export const scheduledProbesSchema = z.object({
  /** Five fields, in UTC. */
  cron: name,
  spec: healthProbeSpec,
  timeoutSeconds: z.number().int().positive(),
});

/** What a runner runs by itself while it has no link, and until when it may. */
export const scheduleSetSchema = z.object({
  runnerId: z.string().min(1).max(64),
  installId: z.string().min(1).max(64),
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  schedules: z.array(scheduledActionSchema).max(maxSchedules),
  probes: scheduledProbesSchema.optional(),
});

/** The runner's; the same run or look has the same one in every repeat. */
const offlineId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/);

/** A run that a runner made without a link, with the time of its own. */
export const offlineRunSchema = z.object({
  id: offlineId,
  action: name,
  cron: name,
  /** When the schedule was due. */
  dueAt: z.iso.datetime(),
  result: jobResultSchema.pick({ outcome: true, failure: true, outputs: true, steps: true, startedAt: true, finishedAt: true }),
  log: z.string().max(maxOfflineLogBytes * 2),
});

/** What the probes of an install saw without a link, and when they began to look. */
export const offlineLookSchema = z.object({ id: offlineId, at: z.iso.datetime(), probes: probeReportsSchema });

export type ScheduledAction = z.infer<typeof scheduledActionSchema>;
export type ScheduleSet = z.infer<typeof scheduleSetSchema>;
export type ScheduledProbes = z.infer<typeof scheduledProbesSchema>;
export type OfflineRun = z.infer<typeof offlineRunSchema>;
export type OfflineLook = z.infer<typeof offlineLookSchema>;

/** A set with its proof, as it is sent and stored. `body` is the JSON of {@link scheduleSetSchema}: the very text that was signed. */
export type SignedSchedules = { body: string; signature: string };

/** Signs a set with the control plane's Ed25519 key. */
export function signSchedules(set: ScheduleSet, key: KeyObject): SignedSchedules {
  const body = JSON.stringify(set);
  return { body, signature: sign(null, payload(body), key).toString("base64") };
}

/**
 * Reads a signed set.
 * @param input.key the control plane's public key
 * @returns the set, or in words why it can't be gone by: not signed by that key, for another runner, or past its expiry
 */
export function openSchedules(
  signed: SignedSchedules,
  input: { key: KeyObject; runnerId: string; now: Date },
): { set: ScheduleSet } | { refused: string } {
  if (!verify(null, payload(signed.body), input.key, Buffer.from(signed.signature, "base64")))
    return { refused: "its signature is not the control plane's" };
  let value: unknown;
  try {
    value = JSON.parse(signed.body);
  } catch {
    return { refused: "it is not JSON" };
  }
  const parsed = scheduleSetSchema.safeParse(value);
  if (!parsed.success) return { refused: `it can't be read: ${parsed.error.issues[0]?.path.join(".")} ${parsed.error.issues[0]?.message}` };
  const set = parsed.data;
  if (set.runnerId !== input.runnerId) return { refused: `it was issued to runner ${set.runnerId}` };
  if (Date.parse(set.expiresAt) <= input.now.getTime()) return { refused: `it expired at ${set.expiresAt}` };
  return { set };
}

/** Names one schedule of an install, in files and maps. */
export function scheduleKey({ action, cron }: { action: string; cron: string }): string {
  return createHash("sha256").update(`${action}\0${cron}`).digest("hex").slice(0, 16);
}

/** Bound to its purpose: a signature of anything else is none of this. */
function payload(body: string): Buffer {
  return Buffer.from(`berth.runner.v1 schedules\n${body}`, "utf8");
}
