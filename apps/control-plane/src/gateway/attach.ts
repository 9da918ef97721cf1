import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { messageOf } from "@berth/kit/errors";
import { maxMessageBytes } from "@berth/protocol/limits";
import { subprotocol } from "@berth/protocol/messages";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { WebSocketServer, type WebSocket } from "ws";
import type { System } from "../context.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import { closeSession } from "../runners/close-session.ts";
import { look } from "./dispatch.ts";
import { createHeartbeats } from "./heartbeats.ts";
import { createLogIntake } from "./log-intake.ts";
import { onFrame } from "./on-message.ts";
import { Session } from "./session.ts";
import { createSessions } from "./sessions.ts";
import { startTicker } from "./ticker.ts";

/** The runners' side of a replica. */
export type Gateway = {
  /** Tells every runner to connect elsewhere within that time, in ms, waits for them, and ends the sessions that are left. */
  close(input: { moveWithinMs: number }): Promise<void>;
  /** Sessions that are on. */
  sessionCount(): number;
};

/** Sockets that have not proven anything yet. */
const maxGreeting = 1000;

/** Takes the runners' WebSocket connections of an HTTP server, and dispatches work to them. */
export function attachGateway(server: Server, system: System): Gateway {
  const sessions = createSessions({ system, intake: createLogIntake(system), heartbeats: createHeartbeats(system) });
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  const ending = new Set<Promise<void>>();
  let closing = false;

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const path = request.url?.split("?")[0];
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((text) => text.trim());
    if (path !== runnerPaths.connect) refuse(socket, "404 Not Found");
    else if (closing || greeting() >= maxGreeting) refuse(socket, "503 Service Unavailable");
    else if (!offered.includes(subprotocol)) refuse(socket, "400 Bad Request");
    else wss.handleUpgrade(request, socket, head, (ws) => begin(ws, request));
  }

  function greeting(): number {
    let count = 0;
    for (const session of sessions.all) if (session.phase === "greeting") count++;
    return count;
  }

  function begin(ws: WebSocket, request: IncomingMessage): void {
    const now = system.now();
    const session = new Session({ ws, socket: request.socket, now: now.getTime() });
    sessions.add(session);
    ws.on("message", (data, isBinary) => onFrame(sessions, session, data as Buffer, isBinary));
    ws.on("error", (error) =>
      system.logger.debug({ err: messageOf(error), runnerId: session.runner?.runnerId }, "a runner's socket failed"),
    );
    ws.on("close", (code) => {
      const ended = end(session, code).finally(() => ending.delete(ended));
      ending.add(ended);
    });
    session.send({ type: "challenge", nonce: session.nonce, serverTime: now.toISOString() });
  }

  async function end(session: Session, code: number): Promise<void> {
    const wasReady = session.phase === "ready";
    session.phase = "closed";
    sessions.remove(session);
    const { runner } = session;
    if (!wasReady || !runner) return;
    system.logger.info(
      { runnerId: runner.runnerId, sessionId: session.id, code, seconds: (system.now().getTime() - session.openedAt) / 1000 },
      "a runner session ended",
    );
    try {
      await closeSession({
        ctx: runnerCtx(system, runner),
        input: { sessionId: session.id, runnerId: runner.runnerId, reason: `closed ${code}` },
      });
    } catch (error) {
      system.logger.error({ err: messageOf(error), sessionId: session.id }, "a session's end could not be stored; the sweep does it");
    }
  }

  server.on("upgrade", onUpgrade);
  const unsubscribe = system.bus.subscribe("runner", ({ runnerId, about }) => {
    const session = sessions.of(runnerId);
    if (session?.phase === "ready") void look(system, session, about);
  });
  const stopTicker = startTicker(sessions);

  return {
    sessionCount() {
      let count = 0;
      for (const session of sessions.all) if (session.phase === "ready") count++;
      return count;
    },
    async close({ moveWithinMs }) {
      closing = true;
      const everyone = [...sessions.all];
      for (const session of sessions.all) session.send({ type: "move", withinMs: moveWithinMs });
      await allGone(sessions.all, moveWithinMs);
      for (const session of sessions.all) session.goodbye("shutdown", "This replica stops. Connect again.");
      await allGone(sessions.all, 500);
      for (const session of sessions.all) session.ws.terminate();
      await stopTicker();
      unsubscribe();
      await sessions.intake.idle();
      await sessions.heartbeats.idle();
      for (const session of everyone) await session.chain;
      await Promise.all(ending);
    },
  };
}

/** Waits until the sockets have closed, that long at most. */
async function allGone(all: ReadonlySet<Session>, withinMs: number): Promise<void> {
  const closed = Promise.all([...all].map((session) => new Promise((resolve) => session.ws.once("close", resolve))));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, withinMs)));
  await Promise.race([closed, late]);
  clearTimeout(timer);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
