import type { HelloMessage } from "@berth/protocol/messages";
import { jobLeaseMs } from "../jobs/lease.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import { logWindowBytes, maxChunkBytes } from "../logs/limits.ts";
import { authenticateRunner } from "../runners/authenticate.ts";
import { closeSession } from "../runners/close-session.ts";
import { openSession } from "../runners/open-session.ts";
import { scheduleVerifyKey } from "../schedules/signing-key.ts";
import { look } from "./dispatch.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { lookEveryMs } from "./ticker.ts";

/** A heartbeat at least this often keeps middleboxes from closing the stream, in ms. */
const longestHeartbeatMs = 25_000;

/** Lets a runner in: proof, session row, what it holds, `ready`; then work. */
export async function onHello(sessions: Sessions, session: Session, hello: HelloMessage): Promise<void> {
  const { system } = sessions;
  if (session.phase !== "greeting") {
    session.goodbye("protocol", "hello comes once, first");
    return;
  }
  session.phase = "opening";
  const identity = await authenticateRunner({
    system,
    input: { runnerId: hello.runnerId, nonce: session.nonce, signature: hello.signature },
  });
  if ("code" in identity) {
    system.logger.info({ runnerId: hello.runnerId, code: identity.code, remoteAddr: session.remoteAddr }, "a runner was not let in");
    session.goodbye(identity.code, identity.message, true);
    return;
  }
  session.runner = identity;
  session.slots = hello.slots;
  session.capacity = hello.slots;
  session.draining = hello.draining;
  const { remoteAddr } = session;
  const opened = await sessions.inTurn(identity.runnerId, async () => {
    const result = await openSession({
      system,
      input: { sessionId: session.id, runner: identity, hello, ...(remoteAddr === undefined ? {} : { remoteAddr }) },
    });
    if (result) sessions.admit(session);
    return result;
  });
  if (!opened) {
    session.goodbye("disabled", "This runner was disabled. It will be let in once it is enabled again.", true);
    return;
  }
  if (session.phase !== "opening") {
    // The socket closed while the row was written.
    const ctx = runnerCtx(system, identity);
    await closeSession({ ctx, input: { sessionId: session.id, runnerId: identity.runnerId, reason: "closed" } });
    return;
  }
  for (const streamId of opened.streams) session.addStream(streamId);
  const leaseMs = system.settings.runnerLeaseMs;
  session.phase = "ready";
  session.nextLook = system.now().getTime() + Math.random() * lookEveryMs;
  session.send({
    type: "ready",
    sessionId: session.id,
    runnerId: identity.runnerId,
    sessionToken: opened.sessionToken,
    heartbeatMs: Math.min(longestHeartbeatMs, Math.floor(jobLeaseMs(leaseMs) / 3)),
    leaseMs,
    maxChunkBytes,
    logWindowBytes,
    obsolete: opened.obsolete,
    looks: true,
    scheduleKey: scheduleVerifyKey(system.vault),
  });
  for (const stop of opened.stop) session.send({ type: "job.cancel", ...stop });
  system.logger.info(
    {
      runnerId: identity.runnerId,
      sessionId: session.id,
      version: hello.version,
      holding: hello.holding.length,
      remoteAddr: session.remoteAddr,
    },
    "a runner session began",
  );
  await look(system, session);
}
