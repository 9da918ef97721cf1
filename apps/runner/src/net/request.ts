import type { Agent, IncomingHttpHeaders } from "node:http";
import type { NetConfig } from "../env.ts";
import { createAgent } from "./agent.ts";
import { builtin } from "./builtin.ts";

/** An answer, whole. */
export type HttpAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** Sends one request and reads the whole answer. Rejects when there is none. */
export type HttpClient = (input: {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
  /** No byte for this long is a failure, in ms. Default 30 s. */
  idleMs?: number;
  /** More is a failure, in bytes. Default 16 MiB. */
  maxBytes?: number;
}) => Promise<HttpAnswer>;

/** A client that knows proxies and the extra CA; connections are kept per origin. */
export function createHttpClient(net: NetConfig): HttpClient {
  const agents = new Map<string, Promise<Agent>>();
  return async (input) => {
    const url = new URL(input.url);
    let making = agents.get(url.origin);
    if (!making) agents.set(url.origin, (making = createAgent(net, url)));
    const agent = await making;
    const idleMs = input.idleMs ?? 30_000;
    const maxBytes = input.maxBytes ?? 16 * 1024 * 1024;
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const send = url.protocol === "https:" ? builtin.https().request : builtin.http().request;
      const request = send(url, {
        method: input.method,
        agent,
        headers: { ...input.headers, ...(input.body === undefined ? {} : { "content-length": String(Buffer.byteLength(input.body)) }) },
        timeout: idleMs,
        ...(input.signal ? { signal: input.signal } : {}),
      });
      request.on("timeout", () => request.destroy(new Error(`no answer from ${url.host} for ${idleMs} ms`)));
      request.on("error", reject);
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBytes) response.destroy(new Error(`the answer of ${url.host} is larger than ${maxBytes} bytes`));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      });
      request.end(input.body);
    });
  };
}
