import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createPullFetch } from "./pull-fetch.ts";

const pull = createPullFetch({ httpsProxy: undefined, httpProxy: undefined, noProxy: undefined, caFile: undefined });
const servers: Server[] = [];

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe("the fetch of a registry client", () => {
  it("gives status, headers and the body as a stream", async () => {
    const url = await serve((request, response) => response.writeHead(206, { "X-Token": request.headers.authorization }).end("body"));
    const response = await pull(`${url}/x`, { headers: { authorization: "Bearer t" } });
    expect([response.status, response.ok, response.headers.get("x-token"), response.headers.get("none")]).toEqual([
      206,
      true,
      "Bearer t",
      null,
    ]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe("body");
  });

  it("follows redirects, and takes credentials to no other server", async () => {
    const other = await serve((request, response) => response.end(`other:${request.headers.authorization ?? "none"}`));
    const first = await serve((request, response) => {
      if (request.url === "/own") response.end(`own:${request.headers.authorization ?? "none"}`);
      else response.writeHead(307, { location: request.url === "/to-own" ? "/own" : `${other}/blob` }).end();
    });
    const read = async (path: string): Promise<string> => {
      const response = await pull(`${first}${path}`, { headers: { authorization: "Bearer t" } });
      let text = "";
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
      return text;
    };
    expect(await read("/to-own")).toBe("own:Bearer t");
    expect(await read("/to-other")).toBe("other:none");
  });

  it("ends with an error on endless redirects, on nothing there, and when it is told to stop", async () => {
    const url = await serve((request, response) =>
      request.url === "/loop" ? response.writeHead(302, { location: "/loop" }).end() : undefined,
    );
    await expect(pull(`${url}/loop`)).rejects.toThrow("redirects too often");
    await expect(pull("http://127.0.0.1:1/")).rejects.toThrow("ECONNREFUSED");
    await expect(pull(`${url}/silent`, { signal: AbortSignal.timeout(50) })).rejects.toThrow("abort");
  });

  it("sends bodies piece by piece, and passes on why one could not be made", async () => {
    const got: Buffer[] = [];
    const url = await serve((request, response) => {
      request.on("data", (chunk: Buffer) => got.push(chunk));
      request.on("end", () => response.writeHead(201).end());
    });
    async function* pieces(fails: boolean): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 50; index++) yield await Promise.resolve(Buffer.alloc(10_000, index));
      if (fails) throw new Error("altered");
    }
    const send = (body: unknown): Promise<Response> => pull(url, { method: "PUT", body: body as NonNullable<RequestInit["body"]> });
    expect((await send(pieces(false))).status).toBe(201);
    expect(Buffer.concat(got)).toHaveLength(500_000);
    expect((await send("text")).status).toBe(201);
    await expect(send(pieces(true))).rejects.toThrow("altered");
  });

  it("gives an answer that comes before the body is sent, and does not follow a redirect of an upload", async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.url === "/moved" ? 307 : 401, { location: "/other", connection: "close" }).end();
    });
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield await Promise.resolve(Buffer.alloc(65_536));
    }
    const send = (path: string): Promise<Response> =>
      pull(url + path, { method: "PATCH", body: endless() as unknown as NonNullable<RequestInit["body"]> });
    expect((await send("/")).status).toBe(401);
    await expect(send("/moved")).rejects.toThrow("redirects an upload");
  });
});
