import { sha256 } from "@berth/kit/digest";
import { createRegistryClient } from "@berth/oci/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorization, codes, createTestClient, type TestClient } from "./testing-client.ts";
import { startTestRegistry, type TestRegistry } from "./testing.ts";

let registry: TestRegistry;
let client: TestClient;
beforeAll(async () => {
  registry = await startTestRegistry();
  client = createTestClient(registry);
});
afterAll(() => registry[Symbol.asyncDispose]());

describe("access", () => {
  const get = (path: string, header?: string): Promise<Response> =>
    fetch(`${registry.url}${path}`, header ? { headers: { authorization: header } } : {});

  it("without credentials is answered with where to get a token and for what", async () => {
    const response = await get("/v2/allowed/x/tags/list");
    expect(response.headers.get("www-authenticate")).toBe(
      `Bearer realm="${registry.url}/v2/token",service="${registry.host}",scope="repository:allowed/x:pull"`,
    );
    expect(await codes(response)).toEqual([401, "UNAUTHORIZED"]);
    expect(await codes(await get("/v2/"))).toEqual([401, "UNAUTHORIZED"]);
    expect(await codes(await get("/v2/token"))).toEqual([401, "UNAUTHORIZED"]);
    expect(await codes(await get("/v2/token", `Basic ${Buffer.from("acme:wrong").toString("base64")}`))).toEqual([401, "UNAUTHORIZED"]);
  });

  it("is exchanged for a token that has what was asked for and allowed, and nothing else", async () => {
    const repository = client.fresh();
    await client.pushManifest(repository, "v1");
    const scopes = [`repository:${repository}:pull`, "repository:other/x:pull,push", "registry:catalog:*"];
    const query = new URLSearchParams(scopes.map((scope): [string, string] => ["scope", scope]));
    const answer = await get(`/v2/token?${query.toString()}`, authorization);
    const { token, expires_in: lifetime } = (await answer.json()) as { token: string; expires_in: number };
    expect(lifetime).toBeGreaterThan(800);
    expect((await get("/v2/", `Bearer ${token}`)).status).toBe(200);
    expect((await get(`/v2/${repository}/manifests/v1`, `Bearer ${token}`)).status).toBe(200);
    const other = await get("/v2/other/x/tags/list", `Bearer ${token}`);
    expect(other.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    const push = await fetch(`${registry.url}/v2/${repository}/blobs/uploads/`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(push.status).toBe(401);
    const remove = await fetch(`${registry.url}/v2/${repository}/manifests/v1`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(remove.status).toBe(401);
  });

  it("by a token as basic password is the token's, also when exchanged again", async () => {
    const repository = client.fresh();
    await client.pushManifest(repository, "v1");
    const password = registry.token([{ repository, actions: ["pull"] }]);
    const narrow = createRegistryClient({ url: registry.url, auth: { username: "anything", password } });
    expect(await narrow.listTags({ repository })).toEqual(["v1"]);
    await expect(narrow.putBlob({ repository, digest: sha256("x"), size: 1, source: Buffer.from("x") })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await expect(narrow.listTags({ repository: client.fresh() })).rejects.toMatchObject({ code: "unauthenticated" });
    const basic = `Basic ${Buffer.from(`x:${password}`).toString("base64")}`;
    expect(await codes(await get("/v2/allowed/else/tags/list", basic))).toEqual([403, "DENIED"]);
    const { expires_in: lifetime } = (await (await get("/v2/token", basic)).json()) as { expires_in: number };
    expect(lifetime).toBeLessThanOrEqual(60);
  });
});
