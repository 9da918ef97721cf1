import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";

/** An HTTPS server on loopback. */
export type Listening = { url: string; ca: string; close(): Promise<void> };

let certificate: Promise<{ private: string; cert: string }> | undefined;

/** Starts one on a free port, with a certificate of its own that its clients trust. */
export async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Listening> {
  // One for all servers of a process: making it is what takes time.
  const { cert, private: key } = await (certificate ??= makeCertificate());
  const server = createServer({ key, cert, keepAliveTimeout: 60_000 }, handler);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: cert,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function makeCertificate(): Promise<{ private: string; cert: string }> {
  return generate([{ name: "commonName", value: "berth-test-cluster" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 7, ip: "127.0.0.1" },
          { type: 2, value: "localhost" },
        ],
      },
    ],
  });
}
