import { AppError, type ErrorCode } from "@berth/kit/errors";
import { z } from "zod";

const errorBodyLimit = 64 * 1024;
const ErrorBody = z.object({ errors: z.array(z.object({ code: z.string().max(100), message: z.string().optional() })).max(100) });

/** The whole body of a response, at most `limit` bytes. @throws AppError `too_large` */
export async function readBounded(response: Response, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw new AppError("too_large", `The registry sent more than ${limit} bytes where less was expected`, { limit });
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** The error that a refusing response stands for; reads its body. `what` says what was tried, e.g. `pull of blob sha256:…`. */
export async function errorOf(response: Response, what: string): Promise<AppError> {
  const body = await readBounded(response, errorBodyLimit).catch(() => Buffer.alloc(0));
  const errors = parseErrors(body);
  const said = errors.map(({ code, message }) => (message ? `${code}: ${message.slice(0, 200)}` : code)).join("; ");
  const code = errors.some((error) => error.code === "DIGEST_INVALID") ? "digest_mismatch" : codeOf(response.status);
  return new AppError(code, `The registry refused the ${what} with ${response.status}${said ? ` (${said.slice(0, 1000)})` : ""}`, {
    status: response.status,
    codes: errors.map((error) => error.code),
  });
}

/** True for what may pass by itself: the network, an overloaded or failing server. */
export function isPassing(error: unknown): boolean {
  return error instanceof AppError && (error.code === "unavailable" || error.code === "rate_limited");
}

function codeOf(status: number): ErrorCode {
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 408:
      return "unavailable";
    case 413:
      return "too_large";
    case 416:
      return "range_not_satisfiable";
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "unavailable" : "upstream_failed";
  }
}

function parseErrors(body: Buffer): { code: string; message?: string | undefined }[] {
  try {
    return ErrorBody.parse(JSON.parse(body.toString())).errors;
  } catch {
    return [];
  }
}
