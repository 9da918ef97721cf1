import { listRoutes } from "@berth/api/contract";
import { AppError } from "@berth/kit/errors";
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { System } from "../context.ts";
import { findToken } from "../tokens/find.ts";
import type { HttpEnv } from "./handle.ts";
import { remoteAddress } from "./remote-address.ts";

/** Lets in who brings an API token (`Authorization: Bearer brt_…`) and gives the request its context. Routes marked anonymous go without. */
export function authenticate(system: System): MiddlewareHandler<HttpEnv> {
  const open = new Set(listRoutes().flatMap(({ route }) => (route.anonymous ? [`${route.method} ${route.path}`] : [])));
  const forCustomers = new Set(listRoutes().flatMap(({ route }) => (route.customer ? [`${route.method} ${route.path}`] : [])));
  return async (c, next) => {
    if (matchedRoutes(c).some((route) => open.has(`${route.method} ${route.path}`))) return next();
    const given = /^Bearer +(\S{1,256})$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (given === undefined)
      throw new AppError("unauthenticated", "An API token is missing. Send it as `Authorization: Bearer brt_…`; `berth login` stores one.");
    const token = await findToken(system, given);
    const { installId } = token;
    if (installId !== undefined && !matchedRoutes(c).some((route) => forCustomers.has(`${route.method} ${route.path}`)))
      throw new AppError(
        "forbidden",
        "A customer's token sees its install's workflows, plans and logs and decides on its plans. This is the vendor's to do.",
      );
    const from = remoteAddress(c);
    c.set("ctx", {
      system,
      db: system.db,
      orgId: token.orgId,
      actor: `${installId === undefined ? "token" : "customer"}:${token.id}`,
      ...(installId === undefined ? {} : { onlyInstall: installId }),
      ...(from === undefined ? {} : { from }),
    });
    return next();
  };
}
