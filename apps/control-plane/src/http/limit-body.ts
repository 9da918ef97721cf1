import { AppError } from "@berth/kit/errors";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { HttpEnv } from "./handle.ts";

/** Refuses a request body of more bytes than `maxSizeOf` the path gives, before it is read where its length is announced. */
export function limitBody(maxSizeOf: (path: string) => number): MiddlewareHandler<HttpEnv> {
  return (c, next) => {
    const maxSize = maxSizeOf(c.req.path);
    const onError = (): never => {
      throw new AppError("too_large", `The request body is larger than the ${maxSize} bytes that are accepted here.`, {
        maxBytes: maxSize,
      });
    };
    return bodyLimit({ maxSize, onError })(c, next);
  };
}
