import type { Logger } from "@berth/kit/log";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Metrics } from "../metrics/metrics.ts";
import type { HttpEnv } from "./handle.ts";
import { remoteAddress } from "./remote-address.ts";

const quiet = new Set(["/healthz", "/readyz", "/metrics"]);

/** One wide line and one measurement per request, when its answer starts. The query is left out: it belongs to the caller. */
export function accessLog(deps: { logger: Logger; metrics: Metrics }): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const started = performance.now();
    await next();
    const seconds = (performance.now() - started) / 1000;
    // What nobody mounted would make one label value per guessed path.
    const route = routePath(c);
    const status = c.res.status;
    deps.metrics.httpDuration.observe({ method: c.req.method, route, status: String(status) }, seconds);
    const ctx = c.get("ctx");
    const level = status >= 500 ? "error" : quiet.has(c.req.path) ? "debug" : "info";
    deps.logger[level](
      {
        requestId: c.get("requestId"),
        method: c.req.method,
        path: c.req.path,
        route,
        status,
        durationMs: Math.round(seconds * 10_000) / 10,
        remote: remoteAddress(c),
        userAgent: c.req.header("user-agent"),
        ...(ctx ? { orgId: ctx.orgId, actor: ctx.actor } : {}),
        ...(c.get("problemCode") === undefined ? {} : { code: c.get("problemCode") }),
        ...(status >= 500 && c.error ? { err: c.error } : {}),
      },
      "request",
    );
  };
}
