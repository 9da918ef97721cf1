import type { z } from "zod";

/** One operation of the HTTP API: server, client and OpenAPI document are made from it. */
export type Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v1/apps/:appId` */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  params: Params;
  query: Query;
  body: Body;
  response: Response;
  /** Status of success; 200 when left out. */
  status?: 200 | 201 | 202 | 204;
  /** The response is `text/event-stream`; `response` describes one event's data. */
  sse?: boolean;
  /** Of the response; `application/json` when left out. */
  contentType?: string;
  /** A customer's token is enough; it sees its own install. */
  customer?: boolean;
  /** No token needed. */
  anonymous?: boolean;
};

/** Gives a route its types; leaves it as it is. Use `none` for parts a route does not have. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  input: Route<P, Q, B, R>,
): Route<P, Q, B, R> {
  return input;
}
