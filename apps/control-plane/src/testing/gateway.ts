import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { System } from "../context.ts";
import { attachGateway, type Gateway } from "../gateway/attach.ts";

/** A gateway on a real server, on a free port. */
export type TestGateway = AsyncDisposable & { url: string; gateway: Gateway };

/** Starts one for a system. */
export async function startTestGateway(system: System): Promise<TestGateway> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const gateway = attachGateway(server, system);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close({ moveWithinMs: 0 });
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
