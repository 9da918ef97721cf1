import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sha256 } from "@berth/kit/digest";
import { messageOf } from "@berth/kit/errors";
import type { LockInfo } from "@berth/protocol/runner-http";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { writeDurable } from "../../durable.ts";
import { builtin } from "../../net/builtin.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import type { StateMeta } from "../../job/journal.ts";
import { askControlPlane } from "../../net/control-plane.ts";

/** Terraform's HTTP backend on the loopback, for one job. */
export type Backend = AsyncDisposable & {
  /** What Terraform needs to find it. */
  env: Record<string, string>;
  /** Where the state was before this job, if there was one. */
  before(): Promise<StateHead | undefined>;
  /** The newest state: this job's own, or the one before it. */
  newest(): Promise<Buffer | undefined>;
  /** Why the control plane refused the lock, if it did. */
  refusal(): JobFailure | undefined;
};

export type StateHead = { serial?: number; lineage?: string };

const bodyLimit = 512 * 1024 * 1024;

/**
 * Serves reads, writes and locks. A write is answered only when it is in the journal, on disk; from there the runner carries it on, whatever becomes of this
 * process or of the link.
 */
export async function startBackend(ctx: JobContext): Promise<Backend> {
  const { journal, assign } = ctx;
  const password = randomBytes(24).toString("base64url");
  const authorization = Buffer.from(`Basic ${Buffer.from(`berth:${password}`).toString("base64")}`);
  let written = 0;
  let own: Buffer | undefined;
  let refused: JobFailure | undefined;
  const first = fetchState(ctx);
  // Whoever needs it awaits it; until then a failure is no crash.
  first.catch(() => {});

  const server = builtin.http().createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (error instanceof JobFailure) refused ??= error;
      send(response, 500, messageOf(error));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = Buffer.from(request.headers.authorization ?? "");
    if (given.length !== authorization.length || !timingSafeEqual(given, authorization)) return send(response, 401, "unauthorized");
    const path = new URL(request.url ?? "/", address).pathname;
    const body = await readBody(request);
    const route = `${request.method} ${path}`;
    if (route === "GET /state") {
      const state = own ?? (await first);
      return state ? send(response, 200, state) : send(response, 204);
    }
    if (route === "POST /state") {
      await keepState(body);
      return send(response, 200);
    }
    if (route === "LOCK /lock") return await lock(body.toString("utf8"), response);
    if (route === "UNLOCK /lock") {
      await writeDurable(journal.unlock, body);
      return send(response, 200);
    }
    send(response, 405, "not supported");
  }

  async function keepState(body: Buffer): Promise<void> {
    const held = existsSync(journal.lock) ? (JSON.parse(readFileSync(journal.lock, "utf8")) as LockInfo) : undefined;
    const meta: StateMeta = { digest: sha256(body), ...(held ? { lockId: held.ID } : {}) };
    const n = written + 1;
    await writeDurable(journal.stateMeta(n), JSON.stringify(meta));
    await writeDurable(journal.state(n), body);
    written = n;
    own = body;
  }

  async function lock(info: string, response: ServerResponse): Promise<void> {
    // Written before it is asked for: a lock that was granted and not noted could never be proven ours.
    await writeDurable(journal.lock, info);
    const reply = await askControlPlane(ctx, {
      method: "POST",
      path: runnerPaths.lock(assign.jobId),
      body: info,
      reason: "state_unavailable",
      what: "the lock of the state",
    });
    if (reply.status >= 200 && reply.status < 300) return send(response, 200);
    rmSync(journal.lock, { force: true });
    const said = reply.body.toString("utf8").slice(0, 4000);
    if (reply.status === 423) {
      refused = new JobFailure("state_locked", describeHolder(ctx, said));
      return send(response, 423, said);
    }
    throw new JobFailure("state_unavailable", `The control plane refused the lock of the state: ${reply.status} ${said}`);
  }

  return {
    env: {
      TF_HTTP_ADDRESS: `${address}/state`,
      TF_HTTP_LOCK_ADDRESS: `${address}/lock`,
      TF_HTTP_UNLOCK_ADDRESS: `${address}/lock`,
      TF_HTTP_USERNAME: "berth",
      TF_HTTP_PASSWORD: password,
    },
    async before() {
      const state = await first;
      if (!state) return undefined;
      try {
        const { serial, lineage } = JSON.parse(state.toString("utf8")) as { serial?: unknown; lineage?: unknown };
        return { ...(typeof serial === "number" ? { serial } : {}), ...(typeof lineage === "string" ? { lineage } : {}) };
      } catch {
        return {};
      }
    },
    newest: async () => own ?? (await first),
    refusal: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function fetchState(ctx: JobContext): Promise<Buffer | undefined> {
  const reply = await askControlPlane(ctx, {
    method: "GET",
    path: runnerPaths.state(ctx.assign.jobId),
    reason: "state_unavailable",
    what: "the current state",
  });
  if (reply.status === 200) return reply.body;
  if (reply.status === 204) return undefined;
  throw new JobFailure(
    "state_unavailable",
    `The control plane did not give the current state: ${reply.status} ${reply.body.toString("utf8", 0, 1000)}`,
  );
}

function describeHolder(ctx: JobContext, text: string): string {
  const target = "target" in ctx.assign.spec ? ctx.assign.spec.target : "this job";
  let holder: Partial<LockInfo> = {};
  try {
    holder = JSON.parse(text) as Partial<LockInfo>;
  } catch {
    // Said something else; the lock is held all the same.
  }
  const who = holder.Who ?? "somebody";
  const since = holder.Created === undefined ? "" : ` since ${holder.Created}`;
  const what = holder.Operation === undefined ? "" : ` for ${holder.Operation}`;
  return `The state of ${target} is locked by ${who}${since}${what} (lock ${holder.ID ?? "unknown"}). Wait until that has ended and retry; if it is known to be dead, remove the lock.`;
}

function send(response: ServerResponse, status: number, body?: string | Buffer): void {
  response.writeHead(status);
  response.end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > bodyLimit) throw new Error(`the state is larger than ${bodyLimit} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
