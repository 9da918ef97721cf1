import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { NetConfig } from "../env.ts";
import { createAgent } from "./agent.ts";
import { builtin } from "./builtin.ts";

const idleMs = 60_000;
// A registry may move a large blob to its place before it answers.
const uploadIdleMs = 300_000;
const mostHops = 5;

/**
 * What the registry client needs of `fetch`: requests with and without a body, redirects of those without (credentials stay with the server they are for), and of
 * a response its status, headers and body as a stream. Node's own fetch would cost a job's process some 80 ms at its start, and would have to be told of proxies
 * and the extra CA.
 */
export function createPullFetch(net: NetConfig): typeof fetch {
  const agents = new Map<string, Promise<Agent>>();

  async function open(url: URL, init: RequestInit, headers: Record<string, string>): Promise<IncomingMessage> {
    let making = agents.get(url.origin);
    if (!making) agents.set(url.origin, (making = createAgent(net, url)));
    const agent = await making;
    return await new Promise((resolve, reject) => {
      const start = url.protocol === "https:" ? builtin.https().request : builtin.http().request;
      const signal = init.signal ?? undefined;
      const method = init.method ?? "GET";
      const timeout = method === "GET" || method === "HEAD" ? idleMs : uploadIdleMs;
      const request = start(url, { method, agent, headers, timeout, ...(signal ? { signal } : {}) });
      request.on("timeout", () => request.destroy(new Error(`no answer from ${url.host} for ${timeout} ms`)));
      request.on("error", reject);
      request.on("response", resolve);
      if (init.body === undefined || init.body === null) request.end();
      else send(request, init.body as Body).catch((error: Error) => request.destroy(error));
    });
  }

  const pull = async (target: string | URL, init: RequestInit = {}): Promise<unknown> => {
    let url = new URL(target);
    let headers = { ...(init.headers as Record<string, string> | undefined) };
    for (let hops = 0; hops <= mostHops; hops++) {
      const response = await open(url, init, headers);
      const status = response.statusCode ?? 0;
      const location = response.headers.location;
      if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return shape(response, status);
      if (init.body !== undefined || (init.method ?? "GET") === "POST") throw new Error(`${url.host} redirects an upload`);
      response.resume();
      const next = new URL(location, url);
      if (next.protocol !== "https:" && next.protocol !== url.protocol)
        throw new Error(`${url.host} redirects to something that is not HTTPS`);
      if (next.origin !== url.origin)
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
      url = next;
    }
    throw new Error(`${new URL(target).host} redirects too often`);
  };
  return pull as typeof fetch;
}

type Body = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Sends a body; asks for the next piece of it when the one before has been written, and needs that one no more. */
async function send(request: ClientRequest, body: Body): Promise<void> {
  if (typeof body === "string" || body instanceof Uint8Array) return void request.end(body);
  for await (const chunk of body) {
    if (request.destroyed) return;
    await written(request, chunk);
  }
  request.end();
}

/** Until a chunk is with the operating system, or can't get there any more. */
function written(request: ClientRequest, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off("close", done);
      resolve();
    };
    request.once("close", done);
    request.write(chunk, done);
  });
}

function shape(response: IncomingMessage, status: number): object {
  const body = {
    [Symbol.asyncIterator]: () => piecesOf(response),
    cancel() {
      response.destroy();
      return Promise.resolve();
    },
  };
  const get = (name: string): string | null => {
    const value = response.headers[name.toLowerCase()];
    return (Array.isArray(value) ? value.join(", ") : value) ?? null;
  };
  return { status, ok: status >= 200 && status < 300, headers: { get }, body };
}

/** The pieces of a body as they arrive; the stream's own iterator would copy those that wait into one. */
async function* piecesOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  response.on("data", (chunk: Buffer) => {
    waiting.push(chunk);
    response.pause();
    wake();
  });
  response.on("end", () => {
    ended = true;
    wake();
  });
  response.on("error", (error: Error) => {
    failure = error;
    wake();
  });
  response.on("close", () => {
    if (!ended) failure ??= new Error("the connection was closed before the end");
    wake();
  });
  try {
    for (;;) {
      const next = waiting.shift();
      if (next) yield next;
      else if (failure) throw failure;
      else if (ended) return;
      else {
        response.resume();
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    if (!ended) response.destroy();
  }
}
