import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the proxy does with one request instead of passing it on untouched. */
export type Fault =
  /** Answers by itself. */
  | { kind: "answer"; status: number; body?: string }
  /** Breaks the connection after this many bytes of the answer's body. */
  | { kind: "cut"; after: number }
  /** Breaks the connection after this many bytes of the request's body have been passed on. */
  | { kind: "cutRequest"; after: number }
  /** Changes the answer's body; it is read whole. */
  | { kind: "alter"; change: (body: Buffer) => Buffer }
  /** Waits before it passes on. */
  | { kind: "hold"; until: Promise<unknown> };

/** A proxy before a registry that misbehaves as told, and remembers what it was asked. */
export type FaultyProxy = AsyncDisposable & {
  url: string;
  /** Method and path of each request, in order. */
  seen: string[];
  /** Bytes of the bodies of all requests. */
  received(): number;
  /** Asked at each request; undefined passes it on. */
  fault: (request: IncomingMessage) => Fault | undefined;
};

/** Starts one on loopback. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let received = 0;
  const server = createServer((request, response) => {
    proxy.seen.push(`${request.method} ${request.url}`);
    request.on("data", (chunk: Buffer) => (received += chunk.length));
    request.pause();
    const fault = proxy.fault(request);
    const go = (): void => passOn({ target, request, response, fault });
    if (fault?.kind === "answer") response.writeHead(fault.status).end(fault.body);
    else if (fault?.kind === "hold") void fault.until.then(go, go);
    else go();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    received: () => received,
    fault: () => undefined,
    [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      return Promise.resolve();
    },
  };
  return proxy;
}

function passOn(input: { target: string; request: IncomingMessage; response: ServerResponse; fault: Fault | undefined }): void {
  const { target, request, response, fault } = input;
  const url = new URL(request.url ?? "/", target);
  const onward = httpRequest(url, { method: request.method, headers: request.headers });
  onward.on("error", () => response.destroy());
  onward.on("response", (answer) => void giveBack(answer, response, fault));
  let passed = 0;
  request.on("data", (chunk: Buffer) => {
    passed += chunk.length;
    if (fault?.kind !== "cutRequest" || passed < fault.after) return void onward.write(chunk);
    return void onward.write(chunk, () => {
      request.destroy();
      onward.destroy();
    });
  });
  request.on("end", () => onward.end());
  request.resume();
}

async function giveBack(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
  try {
    if (fault?.kind === "alter") {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const body = fault.change(Buffer.concat(chunks));
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, "content-length": body.length }).end(body);
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    let given = 0;
    for await (const chunk of answer) {
      given += (chunk as Buffer).length;
      if (fault?.kind === "cut" && given > fault.after) {
        response.write((chunk as Buffer).subarray(0, (chunk as Buffer).length - (given - fault.after)), () => response.destroy());
        return;
      }
      if (!response.write(chunk)) await Promise.race([once(response, "drain"), once(response, "close")]);
    }
    response.end();
  } catch {
    response.destroy();
  }
}
