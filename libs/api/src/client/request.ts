import type { z } from "zod";
import type { RouteName, RouteOf } from "../contract.ts";
import type { Route } from "../route.ts";

type Part<Key extends string, Schema extends z.ZodType> =
  Record<never, never> extends z.input<Schema> ? { [K in Key]?: z.input<Schema> } : { [K in Key]: z.input<Schema> };

/** What a call of this route needs: `params`, `query` and `body` where the route has them. */
export type CallInput<N extends RouteName> = Part<"params", RouteOf<N>["params"]> &
  Part<"query", RouteOf<N>["query"]> &
  Part<"body", RouteOf<N>["body"]> & {
    /** Makes a POST repeatable over more than this call; every POST has one of its own otherwise. */
    idempotencyKey?: string;
    signal?: AbortSignal;
  };

/** What a call of this route gives. */
export type CallOutput<N extends RouteName> = z.output<RouteOf<N>["response"]>;

/** The parts of a call, untyped. */
export type RawInput = { params?: unknown; query?: unknown; body?: unknown; idempotencyKey?: string; signal?: AbortSignal };

/** The URL of a call. @throws Error when a path parameter is missing or empty: it would name another path */
export function urlOf(base: string, route: Route, input: RawInput): string {
  const params = (input.params ?? {}) as Record<string, unknown>;
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === null || value === "") throw new Error(`${route.method} ${route.path} needs "${name}"`);
    return encodeURIComponent(text(value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null) query.set(name, text(value));
  }
  const search = query.toString();
  return `${base}${path}${search === "" ? "" : `?${search}`}`;
}

function text(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}
