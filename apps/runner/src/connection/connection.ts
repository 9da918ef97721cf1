import type { KeyObject } from "node:crypto";
import type { Logger } from "@berth/kit/log";
import { messageOf } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import type { HelloMessage, RunnerMessage, ServerMessage } from "@berth/protocol/messages";
import { parseServerMessage } from "@berth/protocol/parse";
import type { RawData, WebSocket } from "ws";
import type { NetConfig } from "../env.ts";
import { Goodbye, handshake } from "./handshake.ts";
import { startHeartbeat, type Heartbeat } from "./heartbeat.ts";
import type { Session } from "./session.ts";

/** What the connection is doing, for the status. */
export type ConnectionState =
  | { kind: "connecting"; attempt: number }
  | { kind: "connected"; sessionId: string; since: string }
  | { kind: "waiting"; problem: string; retryAt: string; fatal: boolean }
  | { kind: "closed" };

/** The one connection of a runner. */
export type Connection = {
  session(): Session | undefined;
  state(): ConnectionState;
  /** Tells the server the current slots and jobs at once. */
  beat(): void;
  /** Ends it for good. */
  close(): void;
};

/** What comes of messages that are not the connection's own. */
export type ConnectionEvents = {
  onReady(session: Session): void;
  onMessage(
    message: Exclude<ServerMessage, { type: "challenge" | "ready" | "heartbeat.ack" | "move" | "goodbye" }>,
    session: Session,
  ): void;
  /** A message that could not be read: its problem, and the job it was about where that could be told. */
  onUnreadable(problem: string, job: { jobId: string; epoch: number } | undefined, session: Session): void;
  onStateChange(state: ConnectionState): void;
};

const firstWaitMs = 250;
const capMs = 15_000;
const fatalWaitMs = 60_000;

/** Starts the loop that keeps a session on: it makes the connection match what is wanted, and whatever happens only wakes it. */
export function startConnection(input: {
  baseUrl: string;
  net: NetConfig;
  key: KeyObject;
  hello: () => Omit<HelloMessage, "type" | "signature">;
  heartbeat: () => { freeSlots: number; draining: boolean; jobs: { jobId: string; epoch: number }[] };
  events: ConnectionEvents;
  logger: Logger;
}): Connection {
  const { events, logger } = input;
  let wanted = true;
  let state: ConnectionState = { kind: "closed" };
  let attempt = 0;
  let socket: WebSocket | undefined;
  let session: Session | undefined;
  let heartbeat: Heartbeat | undefined;
  let timer: NodeJS.Timeout | undefined;
  let moving: NodeJS.Timeout | undefined;
  let moved = false;

  void connect();

  function become(next: ConnectionState): void {
    state = next;
    events.onStateChange(next);
  }

  async function connect(): Promise<void> {
    if (!wanted) return;
    become({ kind: "connecting", attempt });
    try {
      await handshake({
        ...input,
        onSocket: (made) => (socket = made),
        onReady: (opened, ready) => (wanted ? begin(opened, ready) : opened.terminate()),
      });
    } catch (error) {
      again(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  function begin(opened: WebSocket, ready: Session["ready"]): void {
    attempt = 0;
    let over = false;
    const current: Session = {
      ready,
      over: () => over,
      send: (message: RunnerMessage) => void (over || opened.send(JSON.stringify(message))),
      sendFrame: (frame, sent) => void (over || opened.send(frame, { binary: true }, () => sent())),
      backlog: () => opened.bufferedAmount,
    };
    const end = (problem: Error): void => {
      if (over) return;
      over = true;
      heartbeat?.stop();
      clearTimeout(moving);
      session = undefined;
      opened.terminate();
      again(problem);
    };
    session = current;
    opened.on("message", (data, binary) => receive(data, binary, current, end));
    opened.on("close", (code) => end(new Error(`the connection was closed (${code})`)));
    opened.on("error", (error) => end(error));
    become({ kind: "connected", sessionId: ready.sessionId, since: new Date().toISOString() });
    logger.info({ sessionId: ready.sessionId }, "connected");
    heartbeat = startHeartbeat({
      session: current,
      state: input.heartbeat,
      onDead: () => end(new Error("the control plane stopped answering heartbeats")),
    });
    events.onReady(current);
  }

  function receive(data: RawData, binary: boolean, current: Session, end: (problem: Error) => void): void {
    if (binary || current.over()) return;
    const text = (data as Buffer).toString("utf8");
    const parsed = parseServerMessage(text);
    if (!parsed.ok) {
      if (parsed.unknownType === undefined) events.onUnreadable(parsed.problem, jobOf(text), current);
      return;
    }
    const message = parsed.message;
    switch (message.type) {
      case "heartbeat.ack":
        return heartbeat?.acked(message.seq);
      case "move":
        logger.info({ withinMs: message.withinMs }, "asked to connect anew");
        clearTimeout(moving);
        moving = setTimeout(() => {
          moved = true;
          end(new Error("the control plane asked to connect anew"));
        }, Math.random() * message.withinMs);
        return;
      case "goodbye":
        return end(new Goodbye(message.code, message.message, message.fatal));
      case "challenge":
      case "ready":
        return end(new Error(`the server sent ${message.type} in the middle of a session`));
      case "job.assign":
      case "job.cancel":
      case "job.finish.ack":
      case "log.ack":
      case "schedules.set":
      case "schedules.report.ack":
        return events.onMessage(message, current);
    }
  }

  function again(problem: Error): void {
    if (!wanted) return;
    const fatal = problem instanceof Goodbye && problem.fatal;
    const waitMs = moved ? 0 : fatal ? fatalWaitMs * (0.5 + Math.random() / 2) : backoffMs({ baseMs: firstWaitMs, capMs }, attempt);
    moved = false;
    attempt++;
    const text = problem instanceof Goodbye ? `${problem.message} (${problem.code})` : problem.message;
    logger[fatal ? "error" : "warn"]({ problem: text, fatal, waitMs: Math.round(waitMs) }, "not connected");
    become({ kind: "waiting", problem: text, fatal, retryAt: new Date(Date.now() + waitMs).toISOString() });
    clearTimeout(timer);
    timer = setTimeout(() => void connect(), waitMs);
  }

  return {
    session: () => session,
    state: () => state,
    beat: () => heartbeat?.beat(),
    close() {
      wanted = false;
      clearTimeout(timer);
      clearTimeout(moving);
      heartbeat?.stop();
      const open = socket;
      session = undefined;
      open?.close(1000);
      setTimeout(() => open?.terminate(), 500).unref();
      become({ kind: "closed" });
    },
  };
}

/** The job a broken message was about, if that much of it can be read. */
function jobOf(text: string): { jobId: string; epoch: number } | undefined {
  const value = JSON.parse(text) as { type?: unknown; jobId?: unknown; epoch?: unknown };
  if (value.type !== "job.assign" || typeof value.jobId !== "string" || !Number.isSafeInteger(value.epoch)) return undefined;
  return { jobId: value.jobId, epoch: Number(value.epoch) };
}
