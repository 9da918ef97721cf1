import { AppError, type ErrorCode } from "@berth/kit/errors";

/** Error codes of the distribution spec with the status each is answered with, and our own code for logs. */
const table = {
  BLOB_UNKNOWN: [404, "not_found"],
  BLOB_UPLOAD_INVALID: [400, "bad_request"],
  BLOB_UPLOAD_UNKNOWN: [404, "not_found"],
  DIGEST_INVALID: [400, "digest_mismatch"],
  MANIFEST_BLOB_UNKNOWN: [400, "unprocessable"],
  MANIFEST_INVALID: [400, "unprocessable"],
  MANIFEST_UNKNOWN: [404, "not_found"],
  NAME_INVALID: [400, "bad_request"],
  NAME_UNKNOWN: [404, "not_found"],
  RANGE_INVALID: [416, "range_not_satisfiable"],
  SIZE_INVALID: [413, "too_large"],
  UNAUTHORIZED: [401, "unauthenticated"],
  DENIED: [403, "forbidden"],
  UNSUPPORTED: [405, "method_not_allowed"],
} as const satisfies Record<string, readonly [number, ErrorCode]>;

/** A code of the distribution spec. */
export type OciCode = keyof typeof table;

/** A refusal that the client is told in the spec's form. `headers` go with the answer. */
export function refusal(code: OciCode, message: string, headers: Record<string, string> = {}): AppError {
  return new AppError(table[code][1], message, { oci: code, headers });
}

/** The answer to an error: the spec's JSON, and for anything unexpected a 500 that says nothing of its insides. */
export function refusalResponse(error: unknown): Response {
  const { status, code, message, headers } = describe(error);
  const body = JSON.stringify({ errors: [{ code, message }] });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

function describe(error: unknown): { status: number; code: string; message: string; headers: Record<string, string> } {
  if (!(error instanceof AppError)) return { status: 500, code: "UNKNOWN", message: "Something failed inside the registry", headers: {} };
  const code = error.meta["oci"];
  if (typeof code === "string" && code in table) {
    return { status: table[code as OciCode][0], code, message: error.message, headers: error.meta["headers"] as Record<string, string> };
  }
  const known: Partial<Record<ErrorCode, OciCode>> = { too_large: "SIZE_INVALID", digest_mismatch: "DIGEST_INVALID" };
  const mapped = known[error.code];
  return { status: mapped ? table[mapped][0] : error.status, code: mapped ?? "UNKNOWN", message: error.message, headers: {} };
}
