import { randomBytes } from "node:crypto";
import { newId } from "@berth/kit/ids";
import type { ServerMessage } from "@berth/protocol/messages";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { ToldSchedules } from "../schedules/refresh.ts";
import type { RunnerIdentity } from "../runners/authenticate.ts";

/** A runner that lets this much wait unread is cut off: it comes back when it can read. */
const maxUnsentBytes = 48 * 1024 * 1024;

/** An offer that waits for its answer. */
export type Offer = { epoch: number; expires: number; repeatable: boolean };

/** One runner's socket. Idle ones are many: what only busy ones need is made when it is needed. */
export class Session {
  readonly id = newId("session");
  readonly ws: WebSocket;
  readonly socket: Socket;
  readonly remoteAddr: string | undefined;
  /** What the runner has to sign. */
  readonly nonce = randomBytes(24).toString("base64url");
  readonly openedAt: number;
  /** When anything last came from the runner, in ms. */
  lastSeen: number;
  phase: "greeting" | "opening" | "ready" | "closed" = "greeting";
  runner: RunnerIdentity | undefined;
  /** How many jobs the runner takes at a time at most, as hello said. */
  slots = 0;
  /** How many it takes at a time just now, as its last heartbeat said. */
  capacity = 0;
  draining = false;
  /** No offers before this moment: the runner has just refused one. */
  pausedUntil = 0;
  rejects = 0;
  nextLook = 0;
  /** When it is to be seen whether its runner has its schedules as they are, in ms; and which ones it was told. */
  nextSchedules = 0;
  schedules: ToldSchedules | undefined;
  /** What a look that is under way is to look for once it is done. */
  looking?: Set<"work" | "orders">;
  /** How often it was looked for work that was not there, or could not begin yet. */
  emptyLooks = 0;
  offers: Map<string, Offer> | undefined;
  streams: Set<string> | undefined;
  /** Log bytes taken from the socket that are not stored yet. */
  logBytes = 0;
  /** Job messages are worked off one after the other. */
  chain: Promise<void> | undefined;

  constructor(input: { ws: WebSocket; socket: Socket; now: number }) {
    this.ws = input.ws;
    this.socket = input.socket;
    this.remoteAddr = input.socket.remoteAddress;
    this.openedAt = input.now;
    this.lastSeen = input.now;
  }

  /** Sends a control message. @returns false when the socket is not open any more */
  send(message: ServerMessage): boolean {
    if (this.ws.readyState !== this.ws.OPEN) return false;
    this.ws.send(JSON.stringify(message));
    if (this.ws.bufferedAmount > maxUnsentBytes) this.ws.terminate();
    return true;
  }

  /** Says why and closes. */
  goodbye(code: string, message: string, fatal = false): void {
    this.send({ type: "goodbye", code, message, fatal });
    this.ws.close(code === "protocol" ? 1002 : fatal ? 4000 : 1001, code);
  }

  addStream(streamId: string): void {
    (this.streams ??= new Set()).add(streamId);
  }
}
