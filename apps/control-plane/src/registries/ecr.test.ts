import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRegistry, type OpenRegistry } from "./open.ts";

const hour = 3_600_000;
let server: Server;
let endpoint: string;
let calls: { operation: string; body: Record<string, unknown> }[];
let answers: Record<string, (body: Record<string, unknown>) => { status: number; body: object }>;
let now: number;

/** Speaks as much of ECR's API as the real SDK client needs. */
beforeEach(async () => {
  calls = [];
  now = Date.parse("2026-01-01T00:00:00Z");
  let tokens = 0;
  answers = {
    GetAuthorizationToken: () => ({
      status: 200,
      body: {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:token:${++tokens}`).toString("base64"),
            expiresAt: (now + 12 * hour) / 1000,
            proxyEndpoint: "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
          },
        ],
      },
    }),
    CreateRepository: () => ({ status: 200, body: { repository: {} } }),
  };
  server = createServer((request, response) => {
    void (async () => {
      const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
      const body = JSON.parse(await text(request)) as Record<string, unknown>;
      calls.push({ operation, body });
      const answer = answers[operation]?.(body) ?? { status: 400, body: {} };
      response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer.body));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = (accountId?: string): Promise<OpenRegistry> =>
  openRegistry(
    { kind: "ecr", region: "eu-west-1", prefix: "berth", ...(accountId !== undefined && { accountId }) },
    { ecr: { client: { endpoint, maxAttempts: 1, credentials: { accessKeyId: "id", secretAccessKey: "secret" } }, now: () => now } },
  );
const operations = (): string[] => calls.map((call) => call.operation);

describe("an ECR registry", () => {
  it("gives its address and credentials, which are fetched once and again before they end", async () => {
    const registry = await open();
    expect(registry.url).toBe("https://123456789012.dkr.ecr.eu-west-1.amazonaws.com");
    expect(registry.repository("apps/web")).toBe("berth/apps/web");
    expect(await registry.auth()).toEqual({ username: "AWS", password: "token:1" });
    now += 10 * hour;
    expect(await registry.auth()).toEqual({ username: "AWS", password: "token:1" });
    now += 1.5 * hour;
    const both = await Promise.all([registry.auth(), registry.auth()]);
    expect(both).toEqual([
      { username: "AWS", password: "token:2" },
      { username: "AWS", password: "token:2" },
    ]);
    expect(operations()).toEqual(["GetAuthorizationToken", "GetAuthorizationToken"]);
  });

  it("does not keep a failure to get a token", async () => {
    const registry = await open();
    const works = answers["GetAuthorizationToken"];
    now += 13 * hour;
    answers["GetAuthorizationToken"] = () => ({ status: 500, body: { __type: "ServerException" } });
    await expect(registry.auth()).rejects.toMatchObject({ code: "unavailable" });
    if (works) answers["GetAuthorizationToken"] = works;
    expect(await registry.auth()).toEqual({ username: "AWS", password: "token:2" });
  });

  it("creates a repository once, in the account that was named, and takes one that is there", async () => {
    const registry = await open("123456789012");
    await registry.ensureRepository("berth/apps/web");
    await registry.ensureRepository("berth/apps/web");
    answers["CreateRepository"] = () => ({ status: 400, body: { __type: "RepositoryAlreadyExistsException", message: "there" } });
    await registry.ensureRepository("berth/apps/old");
    expect(operations()).toEqual(["GetAuthorizationToken", "CreateRepository", "CreateRepository"]);
    expect(calls[0]?.body).toEqual({ registryIds: ["123456789012"] });
    expect(calls[1]?.body).toEqual({ repositoryName: "berth/apps/web", registryId: "123456789012" });
  });

  it("says so when AWS does not allow it, each time", async () => {
    const registry = await open();
    answers["CreateRepository"] = () => ({ status: 400, body: { __type: "AccessDeniedException", message: "arn:aws:iam::…" } });
    for (const _ of [1, 2]) {
      await expect(registry.ensureRepository("berth/x")).rejects.toMatchObject({
        code: "forbidden",
        message: "ECR did not allow creating the repository berth/x (AccessDeniedException)",
      });
    }
    answers["GetAuthorizationToken"] = () => ({ status: 200, body: { authorizationData: [] } });
    await expect(open()).rejects.toMatchObject({ code: "upstream_failed" });
  });
});
