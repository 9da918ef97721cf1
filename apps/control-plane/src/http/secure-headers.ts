import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./handle.ts";

/** Headers that keep browsers from guessing, framing, caching or leaking. A handler that set one of them keeps its own. */
export function secureHeaders(input: { https: boolean }): MiddlewareHandler<HttpEnv> {
  const headers = Object.entries({
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    ...(input.https ? { "strict-transport-security": "max-age=31536000" } : {}),
  });
  return async (c, next) => {
    await next();
    for (const [name, value] of headers) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    if (c.req.path.startsWith("/v1/") && !c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
  };
}
