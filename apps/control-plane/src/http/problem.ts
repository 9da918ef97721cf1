import { AppError, errorCodes, type ErrorCode } from "@berth/kit/errors";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { HttpEnv } from "./handle.ts";

/** Answers with RFC 9457 problem details. An error that is not an `AppError` becomes a 500 that says nothing of its insides. */
export function problemResponse(c: Context<HttpEnv>, thrown: unknown): Response {
  const error = toAppError(thrown);
  c.set("problemCode", error.code);
  if (error.code === "unauthenticated") c.header("www-authenticate", challenge(c));
  if (error.code === "unavailable" || error.code === "rate_limited") c.header("retry-after", "1");
  const body = {
    type: `urn:berth:error:${error.code}`,
    title: error.code.replaceAll("_", " "),
    status: error.status,
    code: error.code,
    detail: error.message,
    instance: c.req.path,
    requestId: c.get("requestId"),
    ...(Object.keys(error.meta).length > 0 ? { meta: error.meta } : {}),
  };
  return c.body(JSON.stringify(body), error.status as ContentfulStatusCode, { "content-type": "application/problem+json" });
}

/** What was thrown as an error of the table. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof HTTPException) return new AppError(codeOfStatus(thrown.status), thrown.message || "The request is not acceptable.");
  const code = (thrown as { code?: unknown } | undefined)?.code;
  if (typeof code === "string") {
    if (unstorableText.has(code))
      return new AppError("bad_request", "The request holds text that cannot be stored: a NUL character or half a surrogate pair.");
    if (databaseAway.has(code) || code.startsWith("08"))
      return new AppError("unavailable", "The database does not answer. Try again in a moment.");
    if (lostRace.has(code)) return new AppError("unavailable", "The request met another one that changes the same rows. Try again.");
  }
  return new AppError("internal", "Something failed inside the control plane. Its log has the details under this request id.");
}

// SQLSTATEs and Node's codes of a connection that is not there.
const databaseAway = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "57P01", "57P02", "57P03", "53300"]);
const lostRace = new Set(["40001", "40P01", "55P03"]);
const unstorableText = new Set(["22021", "22P05"]);

function codeOfStatus(status: number): ErrorCode {
  const found = Object.entries(errorCodes).find(([, known]) => known === status);
  return found ? (found[0] as ErrorCode) : status < 500 ? "bad_request" : "internal";
}

function challenge(c: Context<HttpEnv>): string {
  return c.req.header("authorization") === undefined ? 'Bearer realm="berth"' : 'Bearer realm="berth", error="invalid_token"';
}
