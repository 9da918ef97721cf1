import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ApiError, createClient, UnreachableError } from "./client.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => void (await Promise.all(closers.splice(0).map((close) => close()))));

/** A server that gives the answers in order, the last one again and again. */
async function serve(...answers: Answer[]) {
  const seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
    request.on("end", () => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      answers[Math.min(seen.length, answers.length) - 1]!(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { seen, client: createClient({ url: `${url}/`, token: "brt_x" }), url };
}
const json =
  (value: unknown, status = 200): Answer =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
const problem = (status: number, code: string): Answer =>
  json({ status, code, detail: `because of ${code}`, requestId: "r1", type: "t", title: "t" }, status);
const cut: Answer = (request) => request.socket.destroy();

describe("a call", () => {
  it("fills path and query, sends token and JSON body", async () => {
    const { client, seen } = await serve(json({}));
    await client.call("tokens.list", { query: { limit: 5 } });
    await client.call("tokens.revoke", { params: { tokenId: "a/b" } });
    await client.call("tokens.create", { body: { name: "n" } });
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /v1/tokens?limit=5",
      "DELETE /v1/tokens/a%2Fb",
      "POST /v1/tokens",
    ]);
    expect(seen[2]).toMatchObject({ body: '{"name":"n"}', headers: { authorization: "Bearer brt_x", "content-type": "application/json" } });
  });
  it("refuses an empty path parameter, which would name another path", async () => {
    const { client } = await serve(json({}));
    await expect(client.call("tokens.revoke", { params: { tokenId: "" } })).rejects.toThrow(/needs "tokenId"/);
  });
  it("throws the problem as it was sent", async () => {
    const { client, seen } = await serve(problem(404, "not_found"));
    const error = await client.call("orgs.current").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "not_found", status: 404, message: "because of not_found", problem: { requestId: "r1" } });
    expect(seen).toHaveLength(1);
  });
  it("is repeated when the connection breaks or a gateway fails; a POST under one and the same idempotency key", async () => {
    const { client, seen } = await serve(cut, problem(503, "unavailable"), json({ secret: "s" }, 201));
    expect(await client.call("tokens.create", { body: { name: "n" } })).toMatchObject({ secret: "s" });
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(seen[0]!.headers["idempotency-key"]).toMatch(/^[\w-]{36}$/);
  });
  it("describes an answer that no control plane gave", async () => {
    const { client } = await serve((_, response) => response.writeHead(403).end("<html>proxy</html>"));
    await expect(client.call("orgs.current")).rejects.toThrow(/answered 403 without a problem document/);
  });
  it("names the URL and the reason when nobody answers", async () => {
    const { client, url } = await serve(cut);
    await Promise.all(closers.splice(0).map((close) => close()));
    const error = await client.call("orgs.current").catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toContain(url);
    expect((error as Error).message).toContain("ECONNREFUSED");
  });
  it("ends when its signal aborts", async () => {
    const { client } = await serve(() => {});
    const signal = AbortSignal.timeout(20);
    await expect(client.call("orgs.current", { signal })).rejects.toThrow(/timeout/i);
  });
});

describe("pages", () => {
  it("are read to the end", async () => {
    const { client, seen } = await serve(json({ items: [{ id: 1 }, { id: 2 }], next: "c1" }), json({ items: [{ id: 3 }] }));
    const ids: unknown[] = [];
    for await (const token of client.pages("tokens.list", { query: { limit: 2 } })) ids.push(token.id);
    expect(ids).toEqual([1, 2, 3]);
    expect(seen.map(({ url }) => url)).toEqual(["/v1/tokens?limit=2", "/v1/tokens?limit=2&cursor=c1"]);
  });
});

describe("a stream", () => {
  const start = (response: ServerResponse): ServerResponse => response.writeHead(200, { "content-type": "text/event-stream" });
  const read = async (client: ReturnType<typeof createClient>, onRetry?: () => void): Promise<unknown[]> => {
    const data: unknown[] = [];
    for await (const event of client.stream(
      "workflows.events" as "orgs.current",
      { params: { workflowId: "w" }, ...(onRetry ? { onRetry } : {}) } as never,
    ))
      data.push(event.data);
    return data;
  };

  it("goes on after the last event when the connection breaks, and ends where the server ends it", async () => {
    let retries = 0;
    const { client, seen } = await serve(
      (_, response) => void start(response).write("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\ndata: half", () => response.destroy()),
      problem(503, "unavailable"),
      (_, response) => void start(response).end("id: 3\ndata: 3\n\n"),
    );
    expect(await read(client, () => retries++)).toEqual([1, 2, 3]);
    expect(seen.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "2", "2"]);
    expect(retries).toBe(2);
  });
  it("that is refused, or ends with an error event, throws the problem", async () => {
    const refused = await serve(problem(404, "not_found"));
    await expect(read(refused.client)).rejects.toMatchObject({ code: "not_found" });
    const failed = await serve((_, response) => void start(response).end('event: error\ndata: {"code":"gone","detail":"removed"}\n\n'));
    await expect(read(failed.client)).rejects.toMatchObject({ code: "gone", message: "removed" });
  });
});
