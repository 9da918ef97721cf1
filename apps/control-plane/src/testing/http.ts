import { Hono } from "hono";
import type { HttpApp, HttpEnv } from "../http/handle.ts";
import { problemResponse } from "../http/problem.ts";
import type { TestSystem } from "./system.ts";

/** Routes with nothing around them. An API request acts for the org in its `x-org` header, or for the system's own. */
export function testApp(system: TestSystem, ...mounts: ((app: HttpApp) => void)[]): HttpApp {
  const app: HttpApp = new Hono<HttpEnv>();
  app.onError((error, c) => problemResponse(c, error));
  app.use("*", async (c, next) => {
    c.set("requestId", "req1");
    c.set("ctx", system.ctx(c.req.header("x-org")));
    await next();
  });
  for (const mount of mounts) mount(app);
  return app;
}
