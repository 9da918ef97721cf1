import { sign, type KeyObject } from "node:crypto";
import type { Logger } from "@berth/kit/log";
import { helloPayload, subprotocol, type HelloMessage, type ReadyMessage, type ServerMessage } from "@berth/protocol/messages";
import { parseServerMessage } from "@berth/protocol/parse";
import { maxMessageBytes } from "@berth/protocol/limits";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { WebSocket } from "ws";
import type { NetConfig } from "../env.ts";
import { caOptions, createAgent } from "../net/agent.ts";
import { isLoopback } from "../net/loopback.ts";

/** The server ended it with a reason of its own. */
export class Goodbye extends Error {
  readonly code: string;
  readonly fatal: boolean;

  constructor(code: string, message: string, fatal: boolean) {
    super(message);
    this.name = "Goodbye";
    this.code = code;
    this.fatal = fatal;
  }
}

const readyWithinMs = 15_000;
const skewMs = 30_000;

/**
 * Opens a socket and goes through challenge, hello and ready.
 * @param input.hello what the runner says of itself; asked for when the challenge is there, so that it is current
 * @param input.onSocket gets the socket as soon as it exists, to end it when it is no longer wanted
 * @param input.onReady takes over at once: the next message may be in the same packet as `ready`
 * @throws Goodbye or Error with what went wrong, fit for a status line
 */
export async function handshake(input: {
  baseUrl: string;
  net: NetConfig;
  key: KeyObject;
  hello: () => Omit<HelloMessage, "type" | "signature">;
  onSocket: (socket: WebSocket) => void;
  onReady: (socket: WebSocket, ready: ReadyMessage) => void;
  logger: Logger;
}): Promise<void> {
  const url = new URL(`${input.baseUrl}${runnerPaths.connect}`);
  const agent = await createAgent(input.net, url);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url, subprotocol, {
    agent,
    perMessageDeflate: false,
    // Masks keep a script in a browser from writing chosen bytes on a wire that a careless proxy reads. Inside TLS, or without a wire, they only cost time,
    // a third of the sender's: a mask of zeros is none.
    ...(url.protocol === "wss:" || isLoopback(url) ? { generateMask: (mask: Buffer) => void mask.fill(0) } : {}),
    handshakeTimeout: readyWithinMs,
    maxPayload: maxMessageBytes,
    ...caOptions(input.net),
  });
  input.onSocket(socket);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => fail(new Error(`${url.host} took more than ${readyWithinMs / 1000} s to begin the session`)),
      readyWithinMs,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => {});
      socket.terminate();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("close", (code, reason) => fail(new Error(`the connection was closed before it was ready (${code} ${reason.toString()})`)));
    socket.once("unexpected-response", (_request, response) =>
      fail(
        new Error(`${url.host} answered ${response.statusCode} instead of a WebSocket; a proxy between us may not let WebSockets through`),
      ),
    );
    socket.on("message", (data: Buffer, binary) => {
      const parsed = binary ? undefined : parseServerMessage(data.toString("utf8"));
      if (!parsed?.ok)
        return parsed?.unknownType === undefined
          ? fail(new Error(`the server broke the protocol: ${parsed?.problem ?? "binary"}`))
          : undefined;
      onMessage(parsed.message);
    });

    function onMessage(message: ServerMessage): void {
      if (message.type === "challenge") {
        const skew = Date.parse(message.serverTime) - Date.now();
        if (Math.abs(skew) > skewMs) input.logger.warn({ skewMs: skew }, "this machine's clock and the server's differ");
        const hello = input.hello();
        const signature = sign(null, helloPayload({ nonce: message.nonce, runnerId: hello.runnerId }), input.key).toString("base64");
        socket.send(JSON.stringify({ type: "hello", ...hello, signature }));
      } else if (message.type === "goodbye") {
        fail(new Goodbye(message.code, message.message, message.fatal));
      } else if (message.type === "ready") {
        clearTimeout(timer);
        socket.removeAllListeners();
        input.onReady(socket, message);
        resolve();
      }
    }
  });
}
