import type { Context } from "hono";
import type { HttpEnv } from "./handle.ts";

/** The address at the other end of the socket; undefined where there is no socket (a request made in a test). Headers are not believed. */
export function remoteAddress(c: Context<HttpEnv>): string | undefined {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return env?.incoming?.socket?.remoteAddress;
}
