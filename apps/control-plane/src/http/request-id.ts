import { newId } from "@berth/kit/ids";
import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./handle.ts";

const acceptable = /^[\w.-]{1,64}$/;

/** Gives every request an id: the caller's `X-Request-Id` where it is a harmless one, else a new one. Answers with it. */
export const requestId: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const given = c.req.header("x-request-id");
  const id = given !== undefined && acceptable.test(given) ? given : newId("request");
  c.set("requestId", id);
  c.header("x-request-id", id);
  await next();
};
