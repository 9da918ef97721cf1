import { createPublicKey, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import type { PlanHeader, PlanObject } from "@berth/plan/model";
import { messageOf } from "@berth/kit/errors";
import type { JobResult } from "@berth/protocol/job-result";
import type { JobSpec } from "@berth/protocol/job-spec";
import { decodeLogFrame } from "@berth/protocol/log-frame";
import {
  helloPayload,
  subprotocol,
  type HelloMessage,
  type ReadyMessage,
  type RunnerMessage,
  type ServerMessage,
} from "@berth/protocol/messages";
import { signSchedules, type OfflineLook, type OfflineRun, type ScheduledAction, type ScheduledProbes } from "@berth/protocol/schedules";
import { parseRunnerMessage } from "@berth/protocol/parse";
import { enrollRequestSchema, lockInfoSchema, runnerPaths, stateUploadHeaders, type LockInfo } from "@berth/protocol/runner-http";
import { WebSocketServer, type WebSocket } from "ws";

/** One job as this control plane knows it. */
export type GatewayJob = {
  jobId: string;
  epoch: number;
  installId: string;
  streamId: string;
  jobToken: string;
  spec: JobSpec;
  assign: ServerMessage & { type: "job.assign" };
  assignedAt: number;
  acceptedAt?: number;
  rejected?: string;
  result?: JobResult;
  /** How often the end was reported. */
  finishes: number;
  plan?: Buffer;
  /** What people are shown of the plan. */
  shown?: { header: PlanHeader; objects: PlanObject[] };
  /** Uploaded state versions by sequence. */
  states: Map<number, Buffer>;
};

/** What a test may change while it runs. */
export type GatewayScript = {
  ready: Pick<ReadyMessage, "heartbeatMs" | "leaseMs" | "maxChunkBytes" | "logWindowBytes">;
  ackLogs: boolean;
  ackFinish: boolean;
  ackHeartbeats: boolean;
  ackReports: boolean;
  /** Says in `ready` that it takes looks. */
  takeLooks: boolean;
  /** Drops so many log chunks, as if they had been lost before they were stored. */
  dropChunks: number;
  /** Answers an upload or state request with this status instead, while it is set. */
  failHttp: ((method: string, path: string) => number | undefined) | undefined;
  /** Keeps an upload or state request waiting until the promise resolves. */
  holdHttp: ((method: string, path: string) => Promise<void> | undefined) | undefined;
  /** Ends a session after hello instead of `ready`. */
  refuse: { code: string; message: string; fatal: boolean } | undefined;
};

/** A scripted control plane for tests of the runner: real HTTP and WebSocket on an ephemeral port, everything in memory. */
export type ScriptedGateway = AsyncDisposable & {
  url: string;
  script: GatewayScript;
  jobs: Map<string, GatewayJob>;
  /** Newest state of a target, by `<installId>/<target>`. */
  states: Map<string, Buffer>;
  locks: Map<string, { jobId: string; info: LockInfo }>;
  /** Every control message received, oldest first. */
  received: RunnerMessage[];
  hellos: HelloMessage[];
  heartbeats: number;
  /** Adds a one-time enrolment token. */
  enrolToken(): string;
  /** Offers a job to the connected runner at once, or when it connects. */
  assign(input: {
    spec: JobSpec;
    jobId?: string;
    epoch?: number;
    installId?: string;
    redact?: string[];
    timeoutSeconds?: number;
  }): GatewayJob;
  cancel(job: GatewayJob, reason?: string): void;
  /** Runs reported that were made without a link, each once. */
  offlineRuns: Map<string, OfflineRun>;
  offlineLooks: Map<string, OfflineLook>;
  /** Sends the connected runner signed schedules, good for so long from now. */
  schedule(schedules: ScheduledAction[], more?: { forMs?: number; probes?: ScheduledProbes }): void;
  /** Sends any message to the connected runner. */
  send(message: ServerMessage): void;
  connected(): boolean;
  /** Bytes received of a job's log. */
  logOf(job: GatewayJob): Buffer;
  logBytes(job: GatewayJob): number;
  /** Cuts every connection and refuses new ones until {@link restore}. */
  cut(): void;
  restore(): void;
  /** Extra routes, e.g. a registry; true when it has answered. */
  routes: ((request: IncomingMessage, response: ServerResponse) => boolean)[];
  /** Resolves when the condition holds; looked at after everything that happens here. Fails after `timeoutMs` (default 30 s) with `what`. */
  until<T>(what: string, condition: () => T | undefined | false, timeoutMs?: number): Promise<T>;
};

/** Starts one. `keepLogs: false` counts log bytes without holding them. */
export async function startScriptedGateway(options: { keepLogs?: boolean; port?: number } = {}): Promise<ScriptedGateway> {
  const tokens = new Set<string>();
  const runners = new Map<string, string>();
  const sessions = new Map<string, string>();
  const logs = new Map<string, { chunks: Buffer[]; length: number }>();
  const sockets = new Set<Socket>();
  const changes = new Set<() => void>();
  const signing = generateKeyPairSync("ed25519");
  const scheduleKey = signing.publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const changed = (): void => {
    for (const look of changes) look();
  };
  let live: WebSocket | undefined;
  let down = false;

  const script: GatewayScript = {
    ready: { heartbeatMs: 1000, leaseMs: 10_000, maxChunkBytes: 64 * 1024, logWindowBytes: 4 * 1024 * 1024 },
    ackLogs: true,
    ackFinish: true,
    ackHeartbeats: true,
    ackReports: true,
    takeLooks: true,
    dropChunks: 0,
    failHttp: undefined,
    holdHttp: undefined,
    refuse: undefined,
  };
  const http = createServer((request, response) => void answer(request, response));
  http.on("connection", (socket) => {
    if (down) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 32 * 1024 * 1024 });
  http.on("upgrade", (request, socket, head) => {
    if (request.url !== runnerPaths.connect || request.headers["sec-websocket-protocol"] !== subprotocol) return void socket.destroy();
    wss.handleUpgrade(request, socket, head, (ws) => greet(ws));
  });

  const gateway: ScriptedGateway = {
    url: "",
    script,
    jobs: new Map(),
    states: new Map(),
    locks: new Map(),
    received: [],
    hellos: [],
    heartbeats: 0,
    routes: [],
    enrolToken() {
      const token = `enrol-${randomBytes(16).toString("hex")}`;
      tokens.add(token);
      return token;
    },
    assign(input) {
      const jobId = input.jobId ?? `job${randomBytes(8).toString("hex")}`;
      const assign = {
        type: "job.assign" as const,
        jobId,
        epoch: input.epoch ?? 1,
        installId: input.installId ?? "inl1",
        logStreamId: `log${jobId}${input.epoch ?? 1}`,
        spec: input.spec,
        jobToken: `jt-${randomBytes(16).toString("hex")}`,
        timeoutSeconds: input.timeoutSeconds ?? 600,
        redact: input.redact ?? [],
        ...("plan" in input.spec ? { planDigest: input.spec.plan.digest } : {}),
      };
      const job: GatewayJob = {
        jobId,
        epoch: assign.epoch,
        installId: assign.installId,
        streamId: assign.logStreamId,
        jobToken: assign.jobToken,
        spec: input.spec,
        assign,
        assignedAt: performance.now(),
        finishes: 0,
        states: new Map(),
      };
      gateway.jobs.set(jobId, job);
      if (gateway.connected()) gateway.send(assign);
      return job;
    },
    offlineRuns: new Map(),
    offlineLooks: new Map(),
    schedule(schedules, { forMs = 3_600_000, probes } = {}) {
      const runnerId = gateway.hellos.at(-1)?.runnerId ?? "";
      const now = Date.now();
      const [issuedAt, expiresAt] = [new Date(now).toISOString(), new Date(now + forMs).toISOString()];
      const set = { runnerId, installId: "inl1", issuedAt, expiresAt, schedules, ...(probes ? { probes } : {}) };
      gateway.send({ type: "schedules.set", ...signSchedules(set, signing.privateKey) });
    },
    cancel: (job, reason = "cancelled by the test") => gateway.send({ type: "job.cancel", jobId: job.jobId, epoch: job.epoch, reason }),
    send(message) {
      if (!live) throw new Error("no runner is connected");
      live.send(JSON.stringify(message));
    },
    connected: () => live !== undefined,
    logOf: (job) => Buffer.concat(logs.get(job.streamId)?.chunks ?? []),
    logBytes: (job) => logs.get(job.streamId)?.length ?? 0,
    cut() {
      down = true;
      for (const socket of sockets) socket.destroy();
    },
    restore: () => void (down = false),
    until(what, condition, timeoutMs = 30_000) {
      return new Promise((resolve, reject) => {
        const done = (): void => {
          changes.delete(look);
          clearTimeout(timer);
        };
        const look = (): void => {
          const value = condition();
          if (value === undefined || value === false) return;
          done();
          resolve(value);
        };
        const timer = setTimeout(() => {
          done();
          reject(new Error(`waited ${timeoutMs} ms in vain: ${what}`));
        }, timeoutMs);
        changes.add(look);
        look();
      });
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      wss.close();
      http.close();
      if (http.listening) await once(http, "close");
    },
  };

  http.listen(options.port ?? 0, "127.0.0.1");
  await once(http, "listening");
  gateway.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return gateway;

  function greet(ws: WebSocket): void {
    const nonce = randomBytes(24).toString("base64");
    ws.send(JSON.stringify({ type: "challenge", nonce, serverTime: new Date().toISOString() }));
    ws.on("message", (data: Buffer, binary) => {
      if (binary) storeChunk(ws, data);
      else onMessage(ws, nonce, data.toString("utf8"));
      changed();
    });
    ws.on("error", () => ws.terminate());
    ws.on("close", () => {
      if (live === ws) live = undefined;
      changed();
    });
  }

  function onMessage(ws: WebSocket, nonce: string, text: string): void {
    const parsed = parseRunnerMessage(text);
    if (!parsed.ok) throw new Error(`the runner broke the protocol: ${parsed.problem}`);
    const message = parsed.message;
    gateway.received.push(message);
    const reply = (answerTo: ServerMessage): void => ws.send(JSON.stringify(answerTo));
    if (message.type === "hello") return hello(ws, nonce, message);
    if (message.type === "heartbeat") {
      gateway.heartbeats++;
      if (script.ackHeartbeats) reply({ type: "heartbeat.ack", seq: message.seq, serverTime: new Date().toISOString() });
      return;
    }
    if (message.type === "schedules.report") {
      for (const run of message.runs) gateway.offlineRuns.set(run.id, run);
      for (const look of message.looks ?? []) gateway.offlineLooks.set(look.id, look);
      if (script.ackReports)
        reply({ type: "schedules.report.ack", ids: [...message.runs, ...(message.looks ?? [])].map((report) => report.id) });
      return;
    }
    const job = gateway.jobs.get(message.jobId);
    const current = job?.epoch === message.epoch ? job : undefined;
    if (message.type === "job.accept" && current) current.acceptedAt ??= performance.now();
    if (message.type === "job.reject" && current) current.rejected = message.reason;
    if (message.type === "job.finish") {
      if (current) {
        current.finishes++;
        if (script.ackFinish) {
          current.result ??= message.result;
          for (const [target, lock] of gateway.locks) if (lock.jobId === current.jobId) gateway.locks.delete(target);
        }
      }
      if (script.ackFinish) reply({ type: "job.finish.ack", jobId: message.jobId, epoch: message.epoch, accepted: current !== undefined });
    }
  }

  function hello(ws: WebSocket, nonce: string, message: HelloMessage): void {
    const spki = runners.get(message.runnerId);
    const key = spki && createPublicKey({ key: Buffer.from(spki, "base64"), format: "der", type: "spki" });
    const signed = key && verify(null, helloPayload({ nonce, runnerId: message.runnerId }), key, Buffer.from(message.signature, "base64"));
    const refusal = signed ? script.refuse : { code: "bad_signature", message: "The signature does not match.", fatal: true };
    if (refusal) {
      ws.send(JSON.stringify({ type: "goodbye", ...refusal }));
      return ws.close(1000);
    }
    gateway.hellos.push(message);
    live?.terminate();
    live = ws;
    const sessionToken = `st-${randomBytes(16).toString("hex")}`;
    sessions.set(sessionToken, message.runnerId);
    const wanted = (held: { jobId: string; epoch: number }): boolean => gateway.jobs.get(held.jobId)?.epoch === held.epoch;
    const obsolete = message.holding.filter((held) => !wanted(held)).map(({ jobId, epoch }) => ({ jobId, epoch }));
    const sessionId = `ses${randomBytes(8).toString("hex")}`;
    gateway.send({
      type: "ready",
      sessionId,
      runnerId: message.runnerId,
      sessionToken,
      ...script.ready,
      obsolete,
      looks: script.takeLooks,
      scheduleKey,
    });
    for (const held of message.holding) {
      const job = gateway.jobs.get(held.jobId);
      if (job && wanted(held)) job.acceptedAt ??= performance.now();
    }
    for (const job of gateway.jobs.values()) {
      if (job.acceptedAt === undefined && job.result === undefined && job.rejected === undefined) gateway.send(job.assign);
    }
  }

  function storeChunk(ws: WebSocket, bytes: Buffer): void {
    const frame = decodeLogFrame(bytes);
    if (!frame) throw new Error("the runner sent a binary frame that is not a log chunk");
    const raw = frame.deflated ? inflateRawSync(frame.payload, { maxOutputLength: 4 * 1024 * 1024 }) : frame.payload;
    if (raw.length !== frame.rawLength) throw new Error("a chunk's length is not what its head says");
    if (script.dropChunks > 0) return void script.dropChunks--;
    const log = logs.get(frame.streamId) ?? { chunks: [], length: 0 };
    logs.set(frame.streamId, log);
    const fresh = log.length - frame.offset;
    if (fresh >= 0 && fresh < raw.length) {
      if (options.keepLogs !== false) log.chunks.push(Buffer.from(raw.subarray(fresh)));
      log.length = frame.offset + raw.length;
    }
    if (script.ackLogs) ws.send(JSON.stringify({ type: "log.ack", streamId: frame.streamId, offset: log.length }));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (gateway.routes.some((route) => route(request, response))) return;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await script.holdHttp?.(request.method ?? "GET", request.url ?? "/");
      const [status, body] = handle(request, Buffer.concat(chunks));
      response.writeHead(status, Buffer.isBuffer(body) ? {} : { "content-type": "application/json" });
      response.end(body === undefined ? undefined : Buffer.isBuffer(body) ? body : JSON.stringify(body));
    } catch (error) {
      response.writeHead(500);
      response.end(messageOf(error));
    }
    changed();
  }

  function handle(request: IncomingMessage, body: Buffer): [number, unknown?] {
    const method = request.method ?? "GET";
    const path = request.url ?? "/";
    const scripted = script.failHttp?.(method, path);
    if (scripted !== undefined) return [scripted, { code: "scripted" }];
    if (path === runnerPaths.enroll) return enroll(body);
    const match = /^\/runner\/v1\/jobs\/([^/]+)\/(state|lock|unlock|plan|plan-display|states\/(\d+))$/.exec(path);
    const job = match && gateway.jobs.get(match[1] ?? "");
    if (!job) return [404, { code: "not_found" }];
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const upload = method === "PUT";
    if (upload ? !sessions.has(token) : token !== job.jobToken) return [401, { code: "unauthenticated" }];
    const target = `${job.installId}/${"target" in job.spec ? job.spec.target : ""}`;
    if (!upload) return jobRequest(job, match[2] ?? "", target, method, body);
    const headers = stateUploadHeaders.parse(request.headers);
    if (headers["berth-epoch"] !== job.epoch) return [409, { code: "epoch_stale" }];
    const plain = match[2] === "plan-display" ? gunzipSync(body) : body;
    if (sha256(plain) !== headers["berth-digest"]) return [422, { code: "digest_mismatch" }];
    if (match[2] === "plan") job.plan = body;
    else if (match[2] === "plan-display") job.shown = shownOf(plain.toString("utf8"));
    else {
      if (gateway.locks.get(target)?.info.ID !== headers["berth-lock-id"]) return [409, { code: "lock_held" }];
      const sequence = Number(match[3]);
      if (sequence !== job.states.size + 1 && !job.states.has(sequence)) return [409, { code: "out_of_order" }];
      job.states.set(sequence, body);
      gateway.states.set(target, body);
    }
    return [204];
  }

  function jobRequest(job: GatewayJob, what: string, target: string, method: string, body: Buffer): [number, unknown?] {
    if (what === "state" && method === "GET") {
      const state = gateway.states.get(target);
      return state ? [200, state] : [204];
    }
    if (what === "plan" && method === "GET") {
      const source = "plan" in job.spec ? job.spec.plan.digest : undefined;
      const plan = [...gateway.jobs.values()].find((other) => other.plan && other.result?.plan?.digest === source)?.plan;
      return plan ? [200, plan] : [404, { code: "not_found" }];
    }
    const info = lockInfoSchema.parse(JSON.parse(body.toString("utf8")));
    const holder = gateway.locks.get(target);
    if (what === "lock") {
      if (holder && holder.info.ID !== info.ID) return [423, holder.info];
      gateway.locks.set(target, { jobId: job.jobId, info });
      return [200];
    }
    if (holder && holder.info.ID !== info.ID) return [409, { code: "lock_held" }];
    gateway.locks.delete(target);
    return [200];
  }

  function enroll(body: Buffer): [number, unknown] {
    const input = enrollRequestSchema.parse(JSON.parse(body.toString("utf8")));
    const repeated = [...runners].find(([, key]) => key === input.publicKey);
    if (repeated) return [200, { runnerId: repeated[0], installId: "inl1", installName: "acme" }];
    if (!tokens.delete(input.token))
      return [401, { code: "unauthenticated", detail: "This enrolment token is not valid (any more). Ask for a new one." }];
    const runnerId = `run${randomBytes(8).toString("hex")}`;
    runners.set(runnerId, input.publicKey);
    return [200, { runnerId, installId: "inl1", installName: "acme" }];
  }
}

function shownOf(lines: string): NonNullable<GatewayJob["shown"]> {
  const [header, ...objects] = lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  return { header: header as PlanHeader, objects: objects as PlanObject[] };
}
