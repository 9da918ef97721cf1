import type { Route } from "@berth/api/route";
import { AppError } from "@berth/kit/errors";
import type { Context, Hono } from "hono";
import type { z } from "zod";
import type { Ctx } from "../context.ts";

/** What the middleware puts on a request. */
export type HttpEnv = { Variables: { ctx: Ctx; requestId: string; problemCode?: string } };
export type HttpApp = Hono<HttpEnv>;

export type Handler<R extends Route> = (request: {
  ctx: Ctx;
  params: z.output<R["params"]>;
  query: z.output<R["query"]>;
  body: z.output<R["body"]>;
  /** The raw Hono context, for streams and headers. */
  c: Context<HttpEnv>;
}) => Promise<z.input<R["response"]> | Response>;

/** Mounts a route: parses what came in, calls the verb, answers with the route's status. Errors are thrown and become problem+json. */
export function handle<R extends Route>(app: HttpApp, route: R, handler: Handler<R>): void {
  app.on(route.method, route.path, async (c) => {
    const params = parse(route.params, c.req.param(), "path");
    const query = parse(route.query, c.req.query(), "query");
    const hasBody = route.method === "POST" || route.method === "PUT" || route.method === "PATCH";
    const body = parse(route.body, hasBody ? await readJson(c) : {}, "body");
    const result = await handler({ ctx: c.get("ctx"), params, query, body, c } as Parameters<Handler<R>>[0]);
    if (result instanceof Response) return result;
    const status = route.status ?? 200;
    return status === 204 ? c.body(null, 204) : c.json(result as object, status);
  });
}

async function readJson(c: Context<HttpEnv>): Promise<unknown> {
  const text = await c.req.text();
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError("bad_request", `The request body is not JSON: ${(error as Error).message}`);
  }
}

function parse(schema: z.ZodType, value: unknown, place: "path" | "query" | "body"): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    // Of a key, the reason why it is none says more.
    const { message } = issue.code === "invalid_key" ? (issue.issues[0] ?? issue) : issue;
    return { at: [place, ...issue.path].join("."), message };
  });
  const [first] = problems;
  throw new AppError("bad_request", `The request's ${place} is not valid: ${first?.at}: ${first?.message}`, { problems });
}
