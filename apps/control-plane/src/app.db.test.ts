import { randomUUID } from "node:crypto";
import { AppError } from "@berth/kit/errors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "./app.ts";
import type { HttpApp } from "./http/handle.ts";
import { watchDatabase } from "./metrics/watch-database.ts";
import { createTestOrg, createTestSystem, type TestSystem } from "./testing/system.ts";

let system: TestSystem;
let app: HttpApp;
let failing: unknown;

beforeAll(async () => {
  system = await createTestSystem();
  watchDatabase({ registry: system.metrics.registry, db: system.db });
  app = buildApp({
    system,
    version: "1.2.3",
    checks: [{ name: "database", check: async () => void (await system.db.selectFrom("orgs").select("id").execute()) }],
    api: true,
    mounts: [
      (mounted) =>
        mounted.get("/v1/fails", () => {
          throw failing;
        }),
    ],
  });
});
afterAll(async () => system[Symbol.asyncDispose]());

type Init = { method?: string; token?: string | undefined; headers?: Record<string, string>; body?: unknown };

function request(path: string, { token = system.org.token, headers = {}, method = "GET", body }: Init = {}): Promise<Response> {
  return Promise.resolve(
    app.request(path, {
      method,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
}
const problem = async (response: Response) =>
  (await response.json()) as { code: string; detail: string; requestId: string; status: number };
const created = async (response: Response) => (await response.json()) as { token: { id: string; name: string }; secret: string };
const createToken = (name: string, extra: Init = {}) => request("/v1/tokens", { method: "POST", body: { name }, ...extra });

describe("authentication", () => {
  it("refuses a request without a token, and says how to send one", async () => {
    const response = await request("/v1/orgs/current", { token: "" });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="berth"');
    expect(await problem(response)).toMatchObject({ code: "unauthenticated", status: 401 });
  });
  it.each(["Bearer wrong", "Basic YTpi", "Bearer", `Bearer ${"x".repeat(5000)}`])("refuses the header %s", async (authorization) => {
    const response = await request("/v1/orgs/current", { token: "", headers: { authorization } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/invalid_token/);
  });
  it("refuses unknown paths under /v1 too before it says that they do not exist", async () => {
    expect((await request("/v1/nothing", { token: "" })).status).toBe(401);
    expect((await request("/v1/nothing")).status).toBe(404);
  });
  it("refuses a token from the moment it is revoked or has expired", async () => {
    const { token, secret } = await created(await createToken("short-lived"));
    expect((await request("/v1/orgs/current", { token: secret })).status).toBe(200);
    await system.db
      .updateTable("api_tokens")
      .set({ expires_at: new Date(Date.now() - 1) })
      .where("id", "=", token.id)
      .execute();
    expect((await request("/v1/orgs/current", { token: secret })).status).toBe(401);
    const other = await created(await createToken("revoked"));
    expect((await request(`/v1/tokens/${other.token.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await request("/v1/orgs/current", { token: other.secret })).status).toBe(401);
  });
  it("notes when a token was used", async () => {
    await request("/v1/orgs/current");
    const tokens = await system.db.selectFrom("api_tokens").select("last_used_at").where("name", "=", "test").execute();
    expect(tokens[0]?.last_used_at).toBeInstanceOf(Date);
  });
});

describe("tokens", () => {
  it("are shown once and stored as a hash", async () => {
    const { token, secret } = await created(await createToken("ci"));
    expect(secret).toMatch(/^brt_[\w-]{43}$/);
    const list = await (await request("/v1/tokens?limit=200")).text();
    expect(list).toContain(token.id);
    expect(list).not.toContain(secret);
    const rows = await system.db.selectFrom("api_tokens").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
  it("of another org are not found", async () => {
    const other = await createTestOrg(system);
    const { token } = await created(await createToken("mine"));
    const response = await request(`/v1/tokens/${token.id}`, { method: "DELETE", token: other.token });
    expect(response.status).toBe(404);
    expect(await (await request("/v1/tokens", { token: other.token })).text()).not.toContain(token.id);
    expect((await request("/v1/orgs/current", { token: other.token })).status).toBe(200);
  });
  it("are not revoked when no other would be left", async () => {
    const other = await createTestOrg(system);
    const { items } = (await (await request("/v1/tokens", { token: other.token })).json()) as { items: { id: string }[] };
    const response = await request(`/v1/tokens/${items[0]!.id}`, { method: "DELETE", token: other.token });
    expect(await problem(response)).toMatchObject({ code: "conflict", status: 409 });
  });
  it("are listed page by page, newest first, each once", async () => {
    const other = await createTestOrg(system);
    for (const name of ["a", "b", "c"]) await createToken(name, { token: other.token });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const response = await request(`/v1/tokens?limit=2${cursor === undefined ? "" : `&cursor=${cursor}`}`, { token: other.token });
      const page = (await response.json()) as { items: { name: string }[]; next?: string };
      seen.push(...page.items.map((item) => item.name));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(["c", "b", "a", "test"]);
  });
});

describe("errors", () => {
  it("are problems with code, detail and the request's id", async () => {
    const response = await request("/v1/tokens/tok_none", { method: "DELETE", headers: { "x-request-id": "mine-1" } });
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("x-request-id")).toBe("mine-1");
    expect(await problem(response)).toMatchObject({
      code: "not_found",
      status: 404,
      requestId: "mine-1",
      type: "urn:berth:error:not_found",
    });
  });
  it("that nobody expected say nothing of their insides", async () => {
    failing = new Error("password of the database is hunter2");
    const response = await request("/v1/fails");
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain("hunter2");
    expect(JSON.parse(text)).toMatchObject({ code: "internal", requestId: expect.stringMatching(/^req/) as string });
  });
  it("keep the meta of an expected one", async () => {
    failing = new AppError("approval_stale", "The plan changed", { current: "sha256:1" });
    const response = await request("/v1/fails");
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "approval_stale", meta: { current: "sha256:1" } });
  });
  it("name the methods that a path answers to", async () => {
    const response = await request("/v1/orgs/current", { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toContain("GET");
    expect(await problem(response)).toMatchObject({ code: "method_not_allowed" });
  });
  it("tell what is wrong in a body, a query and broken JSON", async () => {
    expect((await problem(await createToken(""))).detail).toContain("body.name");
    expect((await problem(await request("/v1/tokens?limit=0"))).detail).toContain("query.limit");
    expect((await problem(await request("/v1/tokens?cursor=zz"))).code).toBe("bad_request");
    expect((await problem(await request("/v1/tokens", { method: "POST", body: "{" }))).detail).toContain("not JSON");
  });
  it("refuse text that the database cannot hold, and bodies that are too large", async () => {
    expect(await problem(await createToken("a\u0000b"))).toMatchObject({ code: "bad_request" });
    expect(await problem(await createToken("x".repeat(1024 * 1024)))).toMatchObject({ code: "too_large", status: 413 });
  });
  it("says of a name what is wrong with it, not only that something is", async () => {
    const body = { set: { "bad-name": 1 } };
    const { code, detail } = await problem(await request("/v1/installs/inl1/stack-outputs", { method: "PATCH", body }));
    expect([code, detail]).toEqual(["bad_request", expect.stringContaining("body.set.bad-name: is no name of an output")]);
  });
});

describe("an Idempotency-Key", () => {
  const names = async (name: string) => (await system.db.selectFrom("api_tokens").select("id").where("name", "=", name).execute()).length;

  it("makes a repeat give the same answer and no second effect", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const first = await createToken("once", { headers });
    const second = await createToken("once", { headers });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await second.json()).toEqual(await first.json());
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(await names("once")).toBe(1);
  });
  it("is refused for another request", async () => {
    const headers = { "idempotency-key": randomUUID() };
    await createToken("first", { headers });
    expect(await problem(await createToken("second", { headers }))).toMatchObject({ code: "idempotency_mismatch", status: 409 });
    expect(await names("second")).toBe(0);
  });
  it("lets only one of many concurrent requests take effect", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const answers = await Promise.all(Array.from({ length: 6 }, () => createToken("concurrent", { headers })));
    const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 6 }, () => 201));
    expect(bodies.size).toBe(1);
    expect(await names("concurrent")).toBe(1);
  });
  it("is free again after an answer that was an error", async () => {
    const headers = { "idempotency-key": randomUUID() };
    expect((await createToken("", { headers })).status).toBe(400);
    expect((await createToken("after-error", { headers })).status).toBe(201);
  });
  it("belongs to its org", async () => {
    const other = await createTestOrg(system);
    const headers = { "idempotency-key": randomUUID() };
    await createToken("of-one", { headers });
    expect((await createToken("of-another", { headers, token: other.token })).status).toBe(201);
  });
  it("is forgotten after a day, and its stored answer is not in the clear", async () => {
    const key = randomUUID();
    const { secret } = await created(await createToken("a-day", { headers: { "idempotency-key": key } }));
    const rows = await system.db.selectFrom("idempotency_keys").selectAll().where("key", "=", key).execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(secret);
    await system.db
      .updateTable("idempotency_keys")
      .set({ created_at: new Date(Date.now() - 25 * 3_600_000) })
      .where("key", "=", key)
      .execute();
    expect((await createToken("next-day", { headers: { "idempotency-key": key } })).status).toBe(201);
  });
});

describe("the process tells about itself", () => {
  it("health and readiness without a token", async () => {
    expect(await (await request("/healthz", { token: "" })).json()).toEqual({ ok: true, version: "1.2.3" });
    const ready = await request("/readyz", { token: "" });
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ ok: true, checks: { database: { ok: true } } });
  });
  it("metrics: requests by route, and what is open in the database", async () => {
    await request("/v1/tokens/tok1", { method: "DELETE" });
    const text = await (await request("/metrics", { token: "" })).text();
    expect(text).toMatch(/berth_http_request_duration_seconds_count\{method="DELETE",route="\/v1\/tokens\/:tokenId",status="404"\} \d/);
    expect(text).toContain('berth_jobs{state="queued"} 0');
    expect(text).toContain('berth_queue_oldest_seconds{queue="builds"} 0');
    expect(text).toContain("berth_runner_sessions 0");
  });
  it("the API: a document, and a page that loads nothing from elsewhere", async () => {
    const document = (await (await request("/openapi.json", { token: "" })).json()) as { openapi: string };
    expect(document.openapi).toBe("3.1.0");
    const page = await (await request("/docs", { token: "" })).text();
    expect(page).not.toMatch(/https?:/);
    for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await request(path!, { token: "" })).status).toBe(200);
  });
  it("with headers that keep browsers careful", async () => {
    const response = await request("/v1/orgs/current");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
});
