import type { ServerResponse } from "node:http";
import { StatusError } from "../status-error.ts";

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  code: number,
  body: object,
  type = "application/json",
  warnings: readonly string[] = [],
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const quoted = warnings.map((warning) => `299 - "${warning.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
  if (quoted.length > 0) response.setHeader("warning", quoted);
  response.writeHead(code, { "content-type": type, "content-length": bytes.length });
  response.end(bytes);
}

/** Answers with the `Status` of a failure; what is none is a bug of ours and says so. */
export function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const told =
    error instanceof StatusError
      ? error
      : new StatusError(500, "InternalError", error instanceof Error ? (error.stack ?? error.message) : String(error));
  answer(response, told.code, told.status);
}
