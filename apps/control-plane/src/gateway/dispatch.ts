import { messageOf } from "@berth/kit/errors";
import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import type { JobAssign } from "@berth/protocol/messages";
import type { System } from "../context.ts";
import { claimJob, type ClaimedJob } from "../jobs/claim.ts";
import { endJob } from "../jobs/end.ts";
import { readOrders } from "../jobs/orders.ts";
import { requeueJob } from "../jobs/requeue.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import { openSpec } from "../jobs/spec.ts";
import { mintJobToken } from "../jobs/token.ts";
import { withPullTokens } from "./pull-tokens.ts";
import type { Session } from "./session.ts";

/** Within this the runner has to answer an offer, in ms. */
export const ackWithinMs = 2000;
/** A job token outlives the job's time limit by this much: a runner that was cut off reports later. */
const tokenGraceMs = 24 * 3600 * 1000;

/**
 * Looks what there is for this session: offers work for its free slots, passes on cancels, ends a session that is not wanted any more.
 * @param about only for one of them
 */
export async function look(system: System, session: Session, about?: "work" | "orders"): Promise<void> {
  const wanted = about ? [about] : (["work", "orders"] as const);
  if (session.looking) {
    for (const one of wanted) session.looking.add(one);
    return;
  }
  const looking = new Set(wanted);
  session.looking = looking;
  try {
    while (looking.size > 0 && session.phase === "ready") {
      if (looking.delete("work")) await offerWork(system, session);
      if (looking.delete("orders")) await passOrders(system, session);
    }
  } catch (error) {
    system.logger.error(
      { err: messageOf(error), runnerId: session.runner?.runnerId },
      "looking for work failed; tried again at the next look",
    );
  } finally {
    delete session.looking;
  }
}

async function offerWork(system: System, session: Session): Promise<void> {
  const { runner } = session;
  if (!runner) return;
  const ctx = runnerCtx(system, runner);
  // A look during a pause finds nothing: there is another one when the pause is over, whenever the usual one would be.
  if (session.pausedUntil > system.now().getTime()) session.nextLook = Math.min(session.nextLook, session.pausedUntil);
  while (session.phase === "ready" && !session.draining && session.pausedUntil <= system.now().getTime()) {
    const job = await claimJob({ ctx, input: { runnerId: runner.runnerId, sessionId: session.id, capacity: session.capacity } });
    if (!job) {
      session.emptyLooks++;
      return;
    }
    await offer(system, session, job);
    if (!job.more) return;
  }
}

async function offer(system: System, session: Session, job: ClaimedJob): Promise<void> {
  const ctx = runnerCtx(system, { orgId: job.org_id, runnerId: session.runner?.runnerId ?? "" });
  let assignment: JobAssign;
  try {
    assignment = prepare(system, job);
  } catch (error) {
    system.logger.error({ err: error, jobId: job.id }, "a job's spec could not be opened");
    const detail = "The control plane could not read this job's stored spec: its master key may be missing. Retry makes a new job.";
    await endJob({
      ctx,
      input: { jobId: job.id, event: "fail", epoch: job.epoch, failure: { reason: "internal", detail }, released: true },
    });
    return;
  }
  session.addStream(job.log_stream_id);
  const repeatable = jobKinds[job.kind as JobKind].safeToRepeat;
  (session.offers ??= new Map()).set(job.id, { epoch: job.epoch, expires: system.now().getTime() + ackWithinMs, repeatable });
  if (session.send(assignment)) return;
  session.offers.delete(job.id);
  await requeueJob({ ctx, input: { jobId: job.id, epoch: job.epoch, reason: "the session ended", released: true } });
}

function prepare(system: System, job: ClaimedJob): JobAssign {
  const { spec, redact } = openSpec(system.vault, job.id, job.spec_enc);
  const expires = new Date(system.now().getTime() + job.timeout_seconds * 1000 + tokenGraceMs);
  return {
    type: "job.assign",
    jobId: job.id,
    epoch: job.epoch,
    installId: job.install_id,
    logStreamId: job.log_stream_id,
    spec: withPullTokens({ system, jobId: job.id, spec, timeoutSeconds: job.timeout_seconds }),
    jobToken: mintJobToken(system.vault, { jobId: job.id, epoch: job.epoch, expires }),
    timeoutSeconds: job.timeout_seconds,
    redact,
    ...(job.plan_digest === null ? {} : { planDigest: job.plan_digest }),
  };
}

async function passOrders(system: System, session: Session): Promise<void> {
  if (!session.runner || session.phase !== "ready") return;
  const orders = await readOrders({ system, input: { sessionId: session.id, runnerId: session.runner.runnerId } });
  if (orders.runnerState === "disabled")
    session.goodbye("disabled", "This runner was disabled. It will be let in once it is enabled again.", true);
  else if (orders.runnerState === "revoked") session.goodbye("revoked", "This runner was revoked. The install needs a new one.", true);
  else if (!orders.open) session.goodbye("replaced", "A newer session of this runner has taken over");
  else for (const cancel of orders.cancels) session.send({ type: "job.cancel", ...cancel });
}

/**
 * Takes back the offers nobody answered in time. Work that is safe to repeat goes back to the queue. Work that is not might have been started without our
 * knowing, so the session ends, and what the runner holds when it comes back decides.
 */
export async function takeBackOffers(system: System, session: Session): Promise<void> {
  const now = system.now().getTime();
  for (const [jobId, offered] of session.offers ?? []) {
    if (offered.expires > now) continue;
    session.offers?.delete(jobId);
    if (!offered.repeatable) {
      session.goodbye("overloaded", "An offer was not answered within 2 s. Connect again, and tell what you hold.");
      return;
    }
    // A breath before the next offer: most likely the runner is stuck, and each offer costs it an epoch.
    session.pausedUntil = now + 500;
    session.nextLook = session.pausedUntil;
    if (!session.runner) return;
    const ctx = runnerCtx(system, session.runner);
    await requeueJob({ ctx, input: { jobId, epoch: offered.epoch, reason: "no answer within 2 s", released: false } });
  }
}
