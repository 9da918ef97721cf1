/**
 * The one table of error codes. Append only: a code once published keeps its meaning and its HTTP status.
 * An `AppError` says what happened, to what, and what to do next; it is safe to show to the caller.
 */
export const errorCodes = {
  bad_request: 400,
  invalid_config: 400,
  invalid_inputs: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  timeout: 408,
  conflict: 409,
  name_taken: 409,
  state_conflict: 409,
  approval_stale: 409,
  epoch_stale: 409,
  idempotency_mismatch: 409,
  lock_held: 423,
  runner_disabled: 409,
  gone: 410,
  too_large: 413,
  range_not_satisfiable: 416,
  unprocessable: 422,
  digest_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  upstream_failed: 502,
  unavailable: 503,
} as const;

/** A code of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** An expected failure with a code of the table. Its message and meta are shown to callers: no secrets, no insides. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly meta: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, meta: Record<string, unknown> = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
    this.meta = meta;
  }

  /** The HTTP status that the code stands for. */
  get status(): number {
    return errorCodes[this.code];
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
