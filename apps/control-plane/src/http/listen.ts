import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

/** A server that listens and hands every request to whatever `serve` was last given. */
export type Listener = {
  server: Server;
  port: number;
  serve(fetch: (request: Request, env: object) => Response | Promise<Response>): void;
  close(): Promise<void>;
};

const closeGraceMs = 2000;

/**
 * Listens at once, before anything slow, so that a taken port is told first; until {@link Listener.serve} every answer is 503.
 * @param input.port 0 lets the system choose
 * @throws Error that names the port when it is taken or not allowed
 */
export async function listen(input: { host: string; port: number }): Promise<Listener> {
  let fetch: Parameters<Listener["serve"]>[0] = () =>
    new Response('{"code":"unavailable","detail":"The control plane is starting."}', {
      status: 503,
      headers: { "content-type": "application/problem+json", "retry-after": "1" },
    });
  const server = createAdaptorServer({ fetch: (request, env) => fetch(request, env) }) as Server;
  // A layer may take longer to arrive than Node allows a request by default (5 min); headers keep their own limit.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, input)));
    server.listen(input.port, input.host, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    serve: (next) => void (fetch = next),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Event streams never end by themselves; their readers go on at another replica, or here after the restart.
      const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function explain(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  const place = `${host}:${port}`;
  if (error.code === "EADDRINUSE")
    return new Error(
      `Port ${port} on ${host} is in use by another process. Stop that one, or set BERTH_PORT to another port (0 picks a free one).`,
      { cause: error },
    );
  if (error.code === "EACCES")
    return new Error(`This user may not listen on ${place}. Choose a port above 1023 with BERTH_PORT.`, { cause: error });
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND")
    return new Error(`${host} is not an address of this machine. Set BERTH_HOST to one that is (0.0.0.0 listens on all).`, {
      cause: error,
    });
  return new Error(`Could not listen on ${place}: ${error.message}`, { cause: error });
}
