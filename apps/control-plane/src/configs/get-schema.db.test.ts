import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonSchemaFor, schemaTypes } from "@berth/toml-schema/json-schema";
import { buildApp } from "../app.ts";
import type { HttpApp } from "../http/handle.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";

let system: TestSystem;
let app: HttpApp;
beforeAll(async () => {
  system = await createTestSystem();
  app = buildApp({ system, version: "1.2.3", checks: [], api: true });
});
afterAll(() => system[Symbol.asyncDispose]());

const get = (query: string): Promise<Response> => Promise.resolve(app.request(`/v1/general/config-schema${query}`));

describe("the JSON Schema of a kind of file", () => {
  it("is served to anybody, for every kind, as JSON Schema that may be cached", async () => {
    for (const type of schemaTypes) {
      const response = await get(`?type=${type}`);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/schema+json; charset=utf-8");
      expect(response.headers.get("cache-control")).toMatch(/max-age/);
      expect(await response.json()).toEqual(JSON.parse(JSON.stringify(jsonSchemaFor(type))));
    }
  });

  it("is found by the names that people use, and by the old parameter, which says that it is old", async () => {
    const helm = await (await get("?type=helm")).text();
    for (const query of ["?type=helm_chart", "?type=Helm-Chart", "?source=helm"]) expect(await (await get(query)).text()).toBe(helm);
    expect((await get("?source=helm")).headers.get("deprecation")).toBe("true");
    expect((await get("?type=helm")).headers.get("deprecation")).toBeNull();
  });

  it("that does not exist is a problem with all that do, and a guess", async () => {
    const unknown = await get("?type=hlem");
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get("content-type")).toBe("application/problem+json");
    expect(await unknown.json()).toMatchObject({
      code: "not_found",
      detail: expect.stringMatching(/"helm"/) as string,
      meta: { types: schemaTypes },
    });
    const missing = await get("");
    expect(missing.status).toBe(400);
    expect(await missing.json()).toMatchObject({ code: "bad_request", meta: { types: schemaTypes } });
  });
});
