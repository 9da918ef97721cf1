import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import type { JobResult } from "@berth/protocol/job-result";
import { encodeLogFrame } from "@berth/protocol/log-frame";
import {
  helloPayload,
  subprotocol,
  type HelloMessage,
  type Holding,
  type JobAssign,
  type ReadyMessage,
  type RunnerMessage,
  type ServerMessage,
} from "@berth/protocol/messages";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { WebSocket } from "ws";

/** A runner's key pair: the private key, and the public one as enrolment takes it. */
export type RunnerKey = { privateKey: KeyObject; publicKey: string };

/** A new Ed25519 key pair. */
export function newRunnerKey(): RunnerKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64") };
}

export type ScriptedRunnerInput = {
  /** Base URL of the control plane. */
  url: string;
  runnerId: string;
  privateKey: KeyObject;
  slots?: number;
  draining?: boolean;
  holding?: Holding[];
  /** Parts of hello to send instead of the right ones. */
  hello?: Partial<HelloMessage>;
  /** What it does with an offer: accepts it when left out. */
  onAssign?: (assign: JobAssign, runner: ScriptedRunner) => void;
  /** Sends no heartbeats by itself. */
  silent?: boolean;
};

/** A runner that does what a test tells it, over a real socket. Holds next to nothing and has no timer of its own: thousands fit into one process. */
export type ScriptedRunner = {
  ready: ReadyMessage;
  /** Everything received after `ready` that `next` has not handed out yet. */
  received: ServerMessage[];
  /** The next message of that type that fits, already there or still to come. Rejects when the socket closes first. */
  next<T extends ServerMessage["type"]>(
    type: T,
    fits?: (message: Extract<ServerMessage, { type: T }>) => boolean,
  ): Promise<Extract<ServerMessage, { type: T }>>;
  send(message: RunnerMessage): void;
  sendRaw(data: string | Buffer): void;
  accept(job: { jobId: string; epoch: number }): void;
  /** Reports an end; a success when nothing else is said. */
  finish(job: { jobId: string; epoch: number }, result?: Partial<JobResult>): void;
  heartbeat(): void;
  log(streamId: string, offset: number, data: string | Buffer, options?: { deflate?: boolean }): void;
  /** Jobs its heartbeats name. `accept` adds, `finish` leaves them: a finish may have to be repeated. */
  jobs: Map<string, { jobId: string; epoch: number }>;
  /** Close code, once it is closed. */
  closed: Promise<number>;
  /** Ends the connection properly. */
  close(): Promise<void>;
  /** Cuts the connection. */
  cut(): void;
};

/** The control plane did not let the runner in. */
export class GoodbyeError extends Error {
  readonly code: string;
  readonly fatal: boolean;
  constructor(goodbye: { code: string; message: string; fatal: boolean }) {
    super(`${goodbye.code}: ${goodbye.message}`);
    this.code = goodbye.code;
    this.fatal = goodbye.fatal;
  }
}

/** Connects and says hello. @returns once `ready` has come @throws GoodbyeError where the control plane says goodbye instead */
export function connectScriptedRunner(input: ScriptedRunnerInput): Promise<ScriptedRunner> {
  const ws = new WebSocket(input.url.replace(/^http/, "ws") + runnerPaths.connect, subprotocol, { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    let runner: ScriptedRunner | undefined;
    let onMessage: (message: ServerMessage) => void = () => {};
    ws.on("error", reject);
    ws.on("close", (code) => reject(new Error(`closed with ${code} before ready`)));
    ws.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8")) as ServerMessage;
      if (runner) {
        onMessage(message);
      } else if (message.type === "challenge") {
        ws.send(JSON.stringify(helloOf(input, message.nonce)));
      } else if (message.type === "goodbye") {
        reject(new GoodbyeError(message));
      } else if (message.type === "ready") {
        const scripted = script(ws, input, message);
        ({ runner, onMessage } = scripted);
        resolve(runner);
      }
    });
  });
}

function helloOf(input: ScriptedRunnerInput, nonce: string): HelloMessage {
  return {
    type: "hello",
    runnerId: input.runnerId,
    signature: sign(null, helloPayload({ nonce, runnerId: input.runnerId }), input.privateKey).toString("base64"),
    version: "0.0.0-scripted",
    capabilities: {
      os: "linux",
      arch: "x64",
      node: process.version,
      kinds: ["terraform.plan", "terraform.apply", "action.run"],
      tools: {},
    },
    slots: input.slots ?? 4,
    draining: input.draining ?? false,
    holding: input.holding ?? [],
    ...input.hello,
  };
}

type Waiter = { fits: (message: ServerMessage) => boolean; resolve: (message: never) => void; reject: (error: Error) => void };

function script(ws: WebSocket, input: ScriptedRunnerInput, ready: ReadyMessage) {
  const waiters: Waiter[] = [];
  let seq = 0;
  const slots = input.slots ?? 4;
  const runner: ScriptedRunner = {
    ready,
    received: [],
    jobs: new Map(),
    closed: new Promise((resolve) => {
      ws.once("close", (code) => {
        beating.delete(runner);
        for (const waiter of waiters.splice(0)) waiter.reject(new Error(`the session closed with ${code}`));
        resolve(code);
      });
    }),
    next(type, fits = () => true) {
      const wanted = (message: ServerMessage): boolean => message.type === type && fits(message as never);
      const index = runner.received.findIndex(wanted);
      if (index >= 0) return Promise.resolve(runner.received.splice(index, 1)[0] as never);
      return new Promise((resolve, reject) => waiters.push({ fits: wanted, resolve, reject }));
    },
    send: (message) => ws.send(JSON.stringify(message)),
    sendRaw: (data) => ws.send(data),
    accept(job) {
      runner.jobs.set(job.jobId, { jobId: job.jobId, epoch: job.epoch });
      runner.send({ type: "job.accept", jobId: job.jobId, epoch: job.epoch });
    },
    finish(job, result = {}) {
      const now = new Date().toISOString();
      const full: JobResult = { outcome: "succeeded", logBytes: 0, startedAt: now, finishedAt: now, ...result };
      runner.send({ type: "job.finish", jobId: job.jobId, epoch: job.epoch, result: full });
    },
    heartbeat() {
      const jobs = [...runner.jobs.values()];
      runner.send({ type: "heartbeat", seq: ++seq, freeSlots: Math.max(0, slots - jobs.length), draining: input.draining ?? false, jobs });
    },
    log(streamId, offset, data, { deflate = false } = {}) {
      const raw = typeof data === "string" ? Buffer.from(data) : data;
      ws.send(encodeLogFrame({ streamId, offset, rawLength: raw.length, deflated: deflate, payload: deflate ? deflateRawSync(raw) : raw }));
    },
    async close() {
      ws.close(1000);
      await runner.closed;
    },
    cut: () => ws.terminate(),
  };
  if (!input.silent) beat(runner);
  return { runner, onMessage: (message: ServerMessage) => receive(runner, waiters, input, message) };
}

function receive(runner: ScriptedRunner, waiters: Waiter[], input: ScriptedRunnerInput, message: ServerMessage): void {
  if (message.type === "job.finish.ack") runner.jobs.delete(message.jobId);
  const index = waiters.findIndex((waiter) => waiter.fits(message));
  if (index >= 0) waiters.splice(index, 1)[0]?.resolve(message as never);
  else if (message.type !== "heartbeat.ack") runner.received.push(message);
  if (message.type !== "job.assign") return;
  if (input.onAssign) input.onAssign(message, runner);
  else runner.accept(message);
}

/** All runners of the process share one timer. */
const beating = new Map<ScriptedRunner, number>();
let timer: NodeJS.Timeout | undefined;

function beat(runner: ScriptedRunner): void {
  beating.set(runner, Date.now() + Math.random() * runner.ready.heartbeatMs);
  timer ??= setInterval(() => {
    const now = Date.now();
    for (const [each, due] of beating) {
      if (due > now) continue;
      beating.set(each, now + each.ready.heartbeatMs);
      each.heartbeat();
    }
    if (beating.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }, 100);
}
