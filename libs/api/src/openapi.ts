import { errorCodes } from "@berth/kit/errors";
import { z } from "zod";
import { listRoutes, type RouteName } from "./contract.ts";
import type { Route } from "./route.ts";
import { problemSchema } from "./shapes.ts";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the contract. Plain JSON. `serverUrl` is where this control plane is reached. */
export function openApiDocument(input: { serverUrl: string; version: string }): Json {
  const paths: Record<string, Json> = {};
  for (const { name, route } of listRoutes()) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Berth",
      version: input.version,
      description:
        "Every error is an RFC 9457 problem with a stable `code`. Lists are read page by page: pass `next` of one page as `cursor` of the following. " +
        "A POST with an `Idempotency-Key` header may be repeated for 24 hours: it takes effect once and gives the same answer.",
    },
    servers: [{ url: input.serverUrl }],
    security: [{ token: [] }],
    tags: [...new Set(listRoutes().map(({ route }) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "An API token, `brt_…`" } },
      schemas: { Problem: withCodes(schemaOf(problemSchema, "output")) },
      responses: {
        Problem: { description: "What went wrong", content: { "application/problem+json": { schema: ref("schemas/Problem") } } },
      },
    },
  };
}

function operation(name: RouteName, route: Route): Json {
  const description = [route.description, route.sse ? sseNote : undefined].filter(Boolean).join("\n\n");
  const body = schemaOf(route.body, "input");
  const hasBody = ["POST", "PUT", "PATCH"].includes(route.method) && Object.keys((body["properties"] as Json | undefined) ?? {}).length > 0;
  const required = ((body["required"] as string[] | undefined) ?? []).length > 0;
  return {
    operationId: name,
    tags: [route.tag],
    summary: route.summary,
    ...(description ? { description } : {}),
    ...(route.anonymous ? { security: [] } : {}),
    parameters: [
      ...parameters(route.params, "path"),
      ...parameters(route.query, "query"),
      ...(route.method === "POST" ? [idempotencyKey] : []),
      ...(route.sse ? [lastEventId] : []),
    ],
    ...(hasBody ? { requestBody: { required, content: { "application/json": { schema: body } } } } : {}),
    responses: { [route.status ?? 200]: success(route), default: ref("responses/Problem") },
  };
}

function success(route: Route): Json {
  if (route.status === 204) return { description: "Done" };
  const schema = schemaOf(route.response, "output");
  if (!route.sse) return { description: "Success", content: { [route.contentType ?? "application/json"]: { schema } } };
  return { description: "A stream of events", content: { "text/event-stream": { schema: { type: "string" }, "x-event-data": schema } } };
}

function parameters(schema: z.ZodType, place: "path" | "query"): Json[] {
  const object = schemaOf(schema, "input") as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(object.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || (object.required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

const sseNote =
  "Server-sent events. The schema `x-event-data` is that of one event's `data`, which is JSON. After a lost connection send the last `id` as `Last-Event-ID` to go on from there.";
const idempotencyKey: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  schema: { type: "string", minLength: 1, maxLength: 255 },
};
const lastEventId: Json = { name: "Last-Event-ID", in: "header", required: false, schema: { type: "string" } };

function ref(path: string): Json {
  return { $ref: `#/components/${path}` };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}

function withCodes(problem: Json): Json {
  const properties = problem["properties"] as Json;
  return { ...problem, properties: { ...properties, code: { ...(properties["code"] as Json), examples: Object.keys(errorCodes) } } };
}
