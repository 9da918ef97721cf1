import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { sha256 } from "@berth/kit/digest";
import { afterEach, describe, expect, it } from "vitest";
import { createRegistryClient } from "./client.ts";
import { mediaTypes } from "./media-types.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A registry that does what the test says, and remembers what it was asked. */
async function scripted(answer: Answer): Promise<{ url: string; seen: string[]; requests: IncomingMessage[] }> {
  const seen: string[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    requests.push(request);
    buffer(request).then(
      (body) => answer(request, response, body),
      () => undefined,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, requests };
}

const bytes = Buffer.from("0123456789".repeat(20));
const digest = sha256(bytes);
const at = { repository: "a/b", digest };
const read = async (url: string, size?: number): Promise<string> =>
  (await buffer(await createRegistryClient({ url }).getBlob({ ...at, ...(size !== undefined && { size }) }))).toString();

describe("a download", () => {
  it("that breaks off is continued where it broke, by range, as often as it makes progress", async () => {
    const { url, requests } = await scripted((request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const rest = bytes.length - from;
      response.writeHead(from > 0 ? 206 : 200, { "content-length": rest, ...(from > 0 && { "content-range": `bytes ${from}-199/200` }) });
      response.write(bytes.subarray(from, from + 25), () => (rest > 25 ? response.destroy() : response.end()));
    });
    expect(await read(url, 200)).toBe(bytes.toString());
    expect(requests.map((request) => request.headers.range)).toEqual(
      [undefined, 25, 50, 75, 100, 125, 150, 175].map((from) => from && `bytes=${from}-`),
    );
  });

  it("that breaks off at a server without ranges starts again and skips what it has", async () => {
    let first = true;
    const { url, seen } = await scripted((_, response) => {
      response.writeHead(200, { "content-length": bytes.length });
      if (!first) return void response.end(bytes);
      first = false;
      return void response.write(bytes.subarray(0, 33), () => response.destroy());
    });
    expect(await read(url)).toBe(bytes.toString());
    expect(seen).toHaveLength(2);
  });

  it.each([
    ["altered", Buffer.from(bytes).fill("x", 3, 4)],
    ["shorter", bytes.subarray(0, 199)],
    ["longer", Buffer.concat([bytes, Buffer.from("x")])],
    ["empty", Buffer.alloc(0)],
  ])("of %s bytes fails as a mismatch, with and without an announced size", async (_, sent) => {
    const { url } = await scripted((_request, response) => response.writeHead(200).end(sent));
    await expect(read(url)).rejects.toMatchObject({ code: "digest_mismatch" });
    await expect(read(url, 200)).rejects.toMatchObject({ code: "digest_mismatch" });
  });

  it("without end is stopped at the announced size", async () => {
    const { url } = await scripted((_, response) => {
      const more = (): void => void response.write(Buffer.alloc(100_000), (error) => !error && more());
      response.writeHead(200);
      more();
    });
    await expect(read(url, 200)).rejects.toMatchObject({ code: "digest_mismatch" });
  });

  it("that is continued at another place than asked is refused", async () => {
    const { url } = await scripted((request, response) => {
      if (request.headers.range) return void response.writeHead(206, { "content-range": "bytes 3-199/200" }).end(bytes.subarray(3));
      response.writeHead(200, { "content-length": 200 });
      return void response.write(bytes.subarray(0, 20), () => response.destroy());
    });
    await expect(read(url, 200)).rejects.toMatchObject({ code: "digest_mismatch" });
  });

  it("stops when it is asked to", async () => {
    const { url } = await scripted((_, response) => void response.writeHead(200, { "content-length": 200 }).write(bytes.subarray(0, 10)));
    const stop = new AbortController();
    const stream = await createRegistryClient({ url }).getBlob({ ...at, signal: stop.signal });
    stream.once("data", () => stop.abort(new Error("enough")));
    await expect(buffer(stream)).rejects.toThrow("enough");
  });
});

describe("an upload", () => {
  it("in chunks goes on where the registry says it stands, after it broke and when it lost its place", async () => {
    let stored = Buffer.alloc(0);
    let breaks = 2;
    const { url, seen } = await scripted((request, response, body) => {
      const location = { location: "/v2/a/b/blobs/uploads/1?state=x" };
      const range = { range: `0-${Math.max(0, stored.length - 1)}` };
      if (request.method === "HEAD") return void response.writeHead(404).end();
      if (request.method === "POST") return void response.writeHead(202, location).end();
      if (request.method === "GET") return void response.writeHead(204, { ...location, ...range }).end();
      if (request.method === "PUT") return void response.writeHead(201).end();
      if (Number(request.headers["content-range"]?.split("-")[0]) !== stored.length) return void response.writeHead(416, range).end();
      if (breaks-- > 0) {
        stored = Buffer.concat([stored, body.subarray(0, 30)]);
        return void response.destroy();
      }
      stored = Buffer.concat([stored, body]);
      return void response.writeHead(202, { ...location, ...range }).end();
    });
    await createRegistryClient({ url, chunkBytes: 64 }).putBlob({ ...at, size: 200, source: bytes });
    expect(stored.toString()).toBe(bytes.toString());
    expect(seen.at(-1)).toBe(`PUT /v2/a/b/blobs/uploads/1?state=x&digest=${encodeURIComponent(digest)}`);
  });

  it("that the registry has forgotten is started again", async () => {
    let sessions = 0;
    const { url } = await scripted((request, response) => {
      if (request.method === "HEAD") return void response.writeHead(404).end();
      if (request.method === "POST") return void response.writeHead(202, { location: `/upload/${++sessions}` }).end();
      if (request.url?.startsWith("/upload/1")) return void response.writeHead(request.method === "GET" ? 404 : 503).end();
      return void response.writeHead(201).end();
    });
    await createRegistryClient({ url }).putBlob({ ...at, size: 200, source: bytes });
    expect(sessions).toBe(2);
  });

  it("of what is there already sends nothing", async () => {
    const { url, seen } = await scripted((_, response) => response.writeHead(200).end());
    await createRegistryClient({ url }).putBlob({ ...at, size: 200, source: bytes });
    expect(seen).toEqual([`HEAD /v2/a/b/blobs/${digest}`]);
  });

  it("elsewhere, where the registry sends it, does not carry the credentials along", async () => {
    const other = await scripted((_, response) => response.writeHead(201).end());
    const { url, requests } = await scripted((request, response) => {
      if (!request.headers.authorization) return void response.writeHead(401, { "www-authenticate": "Basic" }).end();
      if (request.method === "HEAD") return void response.writeHead(404).end();
      return void response.writeHead(202, { location: `${other.url}/upload` }).end();
    });
    await createRegistryClient({ url, auth: { username: "me", password: "secret" } }).putBlob({ ...at, size: 200, source: bytes });
    expect(requests.at(-1)?.headers.authorization).toBeDefined();
    expect(other.requests.map((request) => request.headers.authorization)).toEqual([undefined]);
  });

  it("of a large stream does not gather it in memory", async () => {
    const { url } = await scripted((request, response) => {
      if (request.method === "HEAD") return void response.writeHead(404).end();
      return void response.writeHead(request.method === "POST" ? 202 : 201, { location: `${sink}/upload` }).end();
    });
    const server = createServer((request, response) => request.resume().on("end", () => response.writeHead(201).end()));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    const sink = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const size = 300_000_000;
    let most = 0;
    async function* large(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < size; sent += 250_000) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield Buffer.alloc(250_000);
      }
    }
    await createRegistryClient({ url }).putBlob({ ...at, size, source: Readable.from(large(), { objectMode: false }) });
    expect(most).toBeLessThan(200_000_000);
  }, 60_000);

  it("of a file that is shorter than said fails as a mismatch", async () => {
    const dir = await mkdtemp(join(tmpdir(), "berth-client-"));
    await writeFile(join(dir, "short"), "short");
    const { url } = await scripted((request, response) => {
      if (request.method === "HEAD") return void response.writeHead(404).end();
      return void response.writeHead(202, { location: "/upload" }).end();
    });
    const attempt = createRegistryClient({ url }).putBlob({ ...at, size: 200, source: join(dir, "short") });
    await expect(attempt).rejects.toMatchObject({ code: "digest_mismatch" });
    await rm(dir, { recursive: true });
  });
});

describe("authorization", () => {
  const bearer = (realm: string): Record<string, string> => ({
    "www-authenticate": `Bearer realm="${realm}",service="reg",scope="ignored"`,
  });

  it("by bearer fetches one token for each need, uses it again, and fetches another when it is refused", async () => {
    let tokens = 0;
    const auth = await scripted((_, response) => response.end(JSON.stringify({ token: `t${++tokens}`, expires_in: 300 })));
    let good = "Bearer t1";
    const { url } = await scripted((request, response) => {
      if (request.headers.authorization !== good) return void response.writeHead(401, bearer(`${auth.url}/token`)).end();
      return void response.end(JSON.stringify({ tags: ["v1"] }));
    });
    const client = createRegistryClient({ url, auth: { username: "me", password: "secret" } });
    expect(await client.listTags({ repository: "a/b" })).toEqual(["v1"]);
    expect(await client.listTags({ repository: "a/b" })).toEqual(["v1"]);
    expect(auth.seen).toEqual(["GET /token?service=reg&scope=repository%3Aa%2Fb%3Apull"]);
    expect(auth.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:secret").toString("base64")}`);
    good = "Bearer t2";
    expect(await client.listTags({ repository: "a/b" })).toEqual(["v1"]);
    expect(tokens).toBe(2);
  });

  it("with credentials that change asks for them anew", async () => {
    let password = "one";
    const { url } = await scripted((request, response) => {
      const expected = `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
      if (request.headers.authorization !== expected) return void response.writeHead(401, { "www-authenticate": "Basic realm=x" }).end();
      return void response.end(JSON.stringify({ tags: [] }));
    });
    const client = createRegistryClient({ url, auth: () => Promise.resolve({ username: "me", password }) });
    expect(await client.listTags({ repository: "a" })).toEqual([]);
    password = "two";
    expect(await client.listTags({ repository: "a" })).toEqual([]);
  });

  it("by tokens made for each use sends one at once, so that nothing is sent twice", async () => {
    let made = 0;
    const { url, requests } = await scripted((_, response) => response.end(JSON.stringify({ tags: [] })));
    const client = createRegistryClient({ url, auth: () => Promise.resolve({ token: `t${++made}` }) });
    await client.listTags({ repository: "a" });
    await client.listTags({ repository: "b" });
    expect(requests.map((request) => request.headers.authorization)).toEqual(["Bearer t1", "Bearer t2"]);
  });

  it.each(["file:///etc/passwd", "javascript:1", "not a url", "ftp://x/"])("does not follow a challenge to %s", async (realm) => {
    const { url } = await scripted((_, response) => response.writeHead(401, bearer(realm)).end());
    const client = createRegistryClient({ url, auth: { username: "me", password: "secret" } });
    await expect(client.listTags({ repository: "a" })).rejects.toMatchObject({ code: "upstream_failed" });
  });

  it("of an https registry is never sent to an http token server", async () => {
    const auth = await scripted((_, response) => response.end(JSON.stringify({ token: "t" })));
    const insecure: typeof fetch = () => Promise.resolve(new Response(null, { status: 401, headers: bearer(`${auth.url}/token`) }));
    const client = createRegistryClient({ url: "https://reg.example", auth: { username: "me", password: "secret" }, fetch: insecure });
    await expect(client.listTags({ repository: "a" })).rejects.toMatchObject({ code: "upstream_failed" });
    expect(auth.seen).toEqual([]);
  });

  it("that is refused says so without the credentials", async () => {
    const { url } = await scripted((_, response) => response.writeHead(401, { "www-authenticate": "Basic" }).end());
    const client = createRegistryClient({ url, auth: { username: "me", password: "secret" } });
    await expect(client.listTags({ repository: "a" })).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.not.stringContaining("secret"),
    });
  });
});

describe("a manifest", () => {
  const content = Buffer.from(JSON.stringify({ schemaVersion: 2, config: { mediaType: "x", digest, size: 200 }, layers: [] }));
  const serve = (body: Buffer, headers: Record<string, string> = {}): Promise<{ url: string }> =>
    scripted((_, response) => response.writeHead(200, { "content-type": `${mediaTypes.manifest}; charset=utf-8`, ...headers }).end(body));

  it("comes with its verified digest, by tag or digest", async () => {
    const { url } = await serve(content, { "docker-content-digest": sha256(content) });
    for (const reference of ["v1", sha256(content)]) {
      const manifest = await createRegistryClient({ url }).getManifest({ repository: "a", reference });
      expect(manifest).toMatchObject({ digest: sha256(content), size: content.length, mediaType: mediaTypes.manifest });
    }
  });

  it("that is not what its digest says is refused, whoever says it", async () => {
    const { url } = await serve(content, { "docker-content-digest": sha256("other") });
    await expect(createRegistryClient({ url }).getManifest({ repository: "a", reference: "v1" })).rejects.toMatchObject({
      code: "digest_mismatch",
    });
    const plain = await serve(content);
    await expect(createRegistryClient(plain).getManifest({ repository: "a", reference: digest })).rejects.toMatchObject({
      code: "digest_mismatch",
    });
    await expect(createRegistryClient({ url }).headManifest({ repository: "a", reference: digest })).rejects.toMatchObject({
      code: "digest_mismatch",
    });
  });

  it("that is too large, no JSON or of another type is refused", async () => {
    const get = async (server: Promise<{ url: string }>): Promise<unknown> =>
      createRegistryClient(await server).getManifest({ repository: "a", reference: "v1" });
    await expect(get(serve(Buffer.alloc(5_000_000, " ")))).rejects.toMatchObject({ code: "too_large" });
    await expect(get(serve(Buffer.from("{")))).rejects.toMatchObject({ code: "unprocessable" });
    await expect(get(serve(content, { "content-type": "text/html" }))).rejects.toMatchObject({ code: "unprocessable" });
  });

  it("cannot be asked for by a name that leads elsewhere", async () => {
    const { url, seen } = await scripted((_, response) => response.end());
    const client = createRegistryClient({ url });
    for (const [repository, reference] of [
      ["../x", "v1"],
      ["a?b", "v1"],
      ["a", "../v1"],
      ["a", "v1/x"],
      ["A", "v1"],
    ] as const) {
      await expect(client.getManifest({ repository, reference })).rejects.toMatchObject({ code: "bad_request" });
    }
    expect(seen).toEqual([]);
  });
});

describe("failures", () => {
  it("that may pass are tried again, others are not", async () => {
    let failures = 2;
    const flaky = await scripted((_, response) =>
      failures-- > 0 ? response.writeHead(503).end() : response.end(JSON.stringify({ tags: ["v1"] })),
    );
    expect(await createRegistryClient(flaky).listTags({ repository: "a" })).toEqual(["v1"]);
    expect(flaky.seen).toHaveLength(3);
    const refusing = await scripted((_, response) =>
      response.writeHead(403).end(JSON.stringify({ errors: [{ code: "DENIED", message: "no" }] })),
    );
    const attempt = createRegistryClient(refusing).listTags({ repository: "a" });
    await expect(attempt).rejects.toMatchObject({ code: "forbidden", meta: { status: 403, codes: ["DENIED"] } });
    expect(refusing.seen).toHaveLength(1);
  });

  it("to reach the registry name it", async () => {
    const { url } = await scripted(() => undefined);
    const [server] = servers.splice(0);
    server?.close();
    const attempt = createRegistryClient({ url }).listTags({ repository: "a" });
    await expect(attempt).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining(new URL(url).host) });
  }, 20_000);

  it("are not waited for after the signal", async () => {
    const stop = new AbortController();
    const failing: typeof fetch = () => {
      stop.abort(new Error("enough"));
      return Promise.reject(new TypeError("fetch failed"));
    };
    const client = createRegistryClient({ url: "http://reg.example", fetch: failing });
    await expect(client.listTags({ repository: "a", signal: stop.signal })).rejects.toThrow("enough");
  });

  it("to say what is meant are found before anything is sent", async () => {
    const { url, seen } = await scripted((_, response) => response.end());
    const put = createRegistryClient({ url }).putManifest({
      repository: "a",
      reference: sha256("x"),
      bytes: Buffer.from("y"),
      mediaType: "z",
    });
    await expect(put).rejects.toMatchObject({ code: "digest_mismatch" });
    expect(seen).toEqual([]);
    expect(() => createRegistryClient({ url: "file:///etc" })).toThrow(expect.objectContaining({ code: "bad_request" }));
  });
});
