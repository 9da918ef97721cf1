import { describe, expect, it } from "vitest";
import { z } from "zod";
import { listRoutes } from "./contract.ts";
import { openApiDocument } from "./openapi.ts";

type Operation = {
  operationId: string;
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  responses: Record<string, { content?: Record<string, { schema: object }>; $ref?: string }>;
  security?: [];
};
const document = openApiDocument({ serverUrl: "http://localhost:8080", version: "1.2.3" });
const paths = document["paths"] as Record<string, Record<string, Operation>>;

describe("the contract", () => {
  it("has one route per method and path", () => {
    const places = listRoutes().map(({ route }) => `${route.method} ${route.path.replace(/:\w+/g, ":")}`);
    expect(new Set(places).size).toBe(places.length);
  });
  it.each(listRoutes())("$name describes every parameter that stands in its path, and no other", ({ route }) => {
    const described = route.params instanceof z.ZodObject ? Object.keys(route.params.shape) : [];
    expect(new Set(described)).toEqual(new Set([...route.path.matchAll(/:(\w+)/g)].map((match) => match[1])));
  });
});

describe("the OpenAPI document", () => {
  it("is 3.1, plain JSON, and lists every route once under its name", () => {
    expect(document["openapi"]).toMatch(/^3\.1\.\d+$/);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map((operation) => operation.operationId));
    expect(ids.toSorted()).toEqual(
      listRoutes()
        .map(({ name }) => name as string)
        .toSorted(),
    );
  });
  it("names path parameters as its paths do, all of them required", () => {
    for (const [path, item] of Object.entries(paths)) {
      const wanted = new Set([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
      for (const operation of Object.values(item)) {
        const found = operation.parameters.filter((parameter) => parameter.in === "path");
        expect(new Set(found.map((parameter) => parameter.name))).toEqual(wanted);
        expect(found.every((parameter) => parameter.required)).toBe(true);
        for (const parameter of operation.parameters) expect(parameter.schema).toBeTypeOf("object");
      }
    }
  });
  it("gives every operation a success and the problem as the default answer, and every reference a target", () => {
    for (const operation of Object.values(paths).flatMap((item) => Object.values(item))) {
      const statuses = Object.keys(operation.responses);
      expect(statuses).toContain("default");
      expect(statuses.some((status) => /^2\d\d$/.test(status))).toBe(true);
    }
    for (const [, pointer] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)) {
      const [kind, name] = pointer!.split("/") as [string, string];
      expect((document["components"] as Record<string, Record<string, unknown>>)[kind]?.[name]).toBeDefined();
    }
  });
  it.each(listRoutes())("$name is a stream, and open to everybody, only where the contract says so", ({ route }) => {
    const operation = paths[route.path.replace(/:(\w+)/g, "{$1}")]![route.method.toLowerCase()]!;
    expect(operation.security === undefined).toBe(!route.anonymous);
    expect("text/event-stream" in (operation.responses["200"]?.content ?? {})).toBe(route.sse === true);
  });
});
