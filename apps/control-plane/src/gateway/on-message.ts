import { messageOf } from "@berth/kit/errors";
import { decodeLogFrame } from "@berth/protocol/log-frame";
import { maxFrameBytes } from "@berth/protocol/limits";
import type { RunnerMessage } from "@berth/protocol/messages";
import { parseRunnerMessage } from "@berth/protocol/parse";
import { acceptJob } from "../jobs/accept.ts";
import { finishJob } from "../jobs/finish.ts";
import { rejectJob } from "../jobs/reject.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import type { RunnerIdentity } from "../runners/authenticate.ts";
import { setDraining } from "../runners/set-draining.ts";
import { takeInReports } from "../schedules/take-in.ts";
import { look } from "./dispatch.ts";
import { onHello } from "./on-hello.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** A runner that refuses work is offered none for this long, in ms, doubled with every refusal in a row. */
const pauseMs = 1000;
const longestPauseMs = 300_000;

/** What one frame of a socket leads to. */
export function onFrame(sessions: Sessions, session: Session, data: Buffer, isBinary: boolean): void {
  session.lastSeen = sessions.system.now().getTime();
  if (isBinary) {
    const frame = data.length <= maxFrameBytes ? decodeLogFrame(data) : undefined;
    if (session.phase !== "ready" || !frame) session.goodbye("protocol", "That binary frame is no log chunk of a running session");
    else sessions.intake.push(session, frame);
    return;
  }
  const parsed = parseRunnerMessage(data.toString("utf8"));
  if (parsed.ok) {
    route(sessions, session, parsed.message);
  } else if (parsed.unknownType === undefined) {
    sessions.system.logger.warn({ runnerId: session.runner?.runnerId, problem: parsed.problem }, "a runner broke the protocol");
    session.goodbye("protocol", parsed.problem);
  }
}

function route(sessions: Sessions, session: Session, message: RunnerMessage): void {
  if (message.type === "hello") {
    inOrder(sessions, session, () => onHello(sessions, session, message));
    return;
  }
  const { runner } = session;
  if (session.phase !== "ready" || !runner) {
    session.goodbye("protocol", `${message.type} before ready`);
    return;
  }
  if (message.type === "heartbeat") {
    onHeartbeat(sessions, session, runner, message);
    return;
  }
  if (message.type === "schedules.report") {
    inOrder(sessions, session, async () => {
      const { runs, looks = [] } = message;
      await takeInReports(runnerCtx(sessions.system, runner), { installId: runner.installId, runs, looks });
      session.send({ type: "schedules.report.ack", ids: [...runs, ...looks].map(({ id }) => id) });
    });
    return;
  }
  // Answered in time, even where a slow database lets the answer wait.
  if (session.offers?.get(message.jobId)?.epoch === message.epoch) session.offers.delete(message.jobId);
  inOrder(sessions, session, () => onJobMessage(sessions, session, runner, message));
}

function onHeartbeat(
  sessions: Sessions,
  session: Session,
  runner: RunnerIdentity,
  beat: Extract<RunnerMessage, { type: "heartbeat" }>,
): void {
  sessions.heartbeats.push(session, { seq: beat.seq, jobs: beat.jobs });
  // The jobs it names may have been reported meanwhile, so the sum can be too large.
  const capacity = Math.min(session.slots, beat.freeSlots + beat.jobs.length);
  const more = capacity > session.capacity || (session.draining && !beat.draining);
  session.capacity = capacity;
  if (session.draining !== beat.draining) {
    session.draining = beat.draining;
    const { runnerId, installId } = runner;
    inOrder(sessions, session, () =>
      setDraining({ ctx: runnerCtx(sessions.system, runner), input: { runnerId, installId, draining: beat.draining } }),
    );
  }
  if (more) void look(sessions.system, session);
}

async function onJobMessage(
  sessions: Sessions,
  session: Session,
  runner: RunnerIdentity,
  message: Exclude<RunnerMessage, { type: "hello" | "heartbeat" | "schedules.report" }>,
): Promise<void> {
  const { system } = sessions;
  const { jobId, epoch } = message;
  const ctx = runnerCtx(system, runner);
  switch (message.type) {
    case "job.accept": {
      session.rejects = 0;
      const accepted = await acceptJob({ ctx, input: { runnerId: runner.runnerId, sessionId: session.id, jobId, epoch } });
      if (!accepted)
        session.send({ type: "job.cancel", jobId, epoch, reason: "this attempt is over: the job was queued again or has ended" });
      return;
    }
    case "job.reject": {
      const outcome = await rejectJob({ ctx, input: { runnerId: runner.runnerId, jobId, epoch, reason: message.reason } });
      if (outcome === "requeued") {
        session.pausedUntil = system.now().getTime() + Math.min(longestPauseMs, pauseMs * 2 ** Math.min(session.rejects++, 12));
        session.nextLook = Math.min(session.nextLook, session.pausedUntil);
      } else void look(system, session);
      return;
    }
    case "job.finish": {
      const { emptyLooks } = session;
      const { accepted } = await finishJob({ ctx, input: { runnerId: runner.runnerId, jobId, epoch, result: message.result } });
      // What was queued while this job still had its slot and its target was neither offered then nor seen by this.
      if (session.emptyLooks > emptyLooks) void look(system, session, "work");
      session.send({ type: "job.finish.ack", jobId, epoch, accepted });
      return;
    }
  }
}

/** One after the other. What fails (the database is away) ends the session: the runner comes back, tells what it holds and reports again. */
function inOrder(sessions: Sessions, session: Session, work: () => Promise<void>): void {
  const before = session.chain ?? Promise.resolve();
  const turn = before.then(work).catch((error: unknown) => {
    sessions.system.logger.error(
      { err: messageOf(error), runnerId: session.runner?.runnerId },
      "a runner's message could not be worked off",
    );
    session.goodbye("overloaded", "The control plane could not work that off just now. Connect again.");
  });
  session.chain = turn;
  void turn.then(() => {
    if (session.chain === turn) session.chain = undefined;
  });
}
