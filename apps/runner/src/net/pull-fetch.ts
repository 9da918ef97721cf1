import type { Agent, IncomingMessage } from "node:http";
import type { NetConfig } from "../env.ts";
import { createAgent } from "./agent.ts";
import { builtin } from "./builtin.ts";

const idleMs = 60_000;
const mostHops = 5;

/**
 * What the registry client needs of `fetch` to pull: GET and HEAD, redirects (credentials stay with the server they are for), and of a response its status,
 * headers and body as a stream. Node's own fetch would cost a job's process some 80 ms at its start, and would have to be told of proxies and the extra CA.
 */
export function createPullFetch(net: NetConfig): typeof fetch {
  const agents = new Map<string, Promise<Agent>>();

  async function open(url: URL, init: RequestInit, headers: Record<string, string>): Promise<IncomingMessage> {
    let making = agents.get(url.origin);
    if (!making) agents.set(url.origin, (making = createAgent(net, url)));
    const agent = await making;
    return await new Promise((resolve, reject) => {
      const send = url.protocol === "https:" ? builtin.https().request : builtin.http().request;
      const signal = init.signal ?? undefined;
      const request = send(url, { method: init.method ?? "GET", agent, headers, timeout: idleMs, ...(signal ? { signal } : {}) });
      request.on("timeout", () => request.destroy(new Error(`no answer from ${url.host} for ${idleMs} ms`)));
      request.on("error", reject);
      request.on("response", resolve);
      request.end();
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

function shape(response: IncomingMessage, status: number): object {
  const body = Object.assign(response, {
    cancel() {
      response.destroy();
      return Promise.resolve();
    },
  });
  const get = (name: string): string | null => {
    const value = response.headers[name.toLowerCase()];
    return (Array.isArray(value) ? value.join(", ") : value) ?? null;
  };
  return { status, ok: status >= 200 && status < 300, headers: { get }, body };
}
