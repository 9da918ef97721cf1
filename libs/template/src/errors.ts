/**
 * Every way a template can fail. Append only: callers branch on these.
 *
 * - `syntax`: the text is not a template; found by `compile`, as are the `unknown_*` and `refused_function` codes.
 * - `missing_key`, `nil_value`, `not_a_map`: a path leads nowhere.
 * - `wrong_type`, `wrong_arguments`, `not_comparable`, `out_of_range`, `invalid_value`: a function cannot work with what it was given.
 * - `failed`: the template called `fail`.
 * - `limit_*`: the template asks for more than the limits allow.
 * - `internal`: a fault of this library; the original error is the `cause`.
 */
export const templateErrorCodes = [
  "syntax",
  "unknown_function",
  "unknown_variable",
  "unknown_template",
  "refused_function",
  "missing_key",
  "nil_value",
  "not_a_map",
  "wrong_type",
  "wrong_arguments",
  "not_comparable",
  "out_of_range",
  "invalid_value",
  "failed",
  "limit_source",
  "limit_output",
  "limit_steps",
  "limit_depth",
  "limit_memory",
  "internal",
] as const;

/** One of {@link templateErrorCodes}. */
export type TemplateErrorCode = (typeof templateErrorCodes)[number];

/** One value on the way to a failure: the expression as written, and what it was (its type and keys, never its content). */
export type ChainLink = { expression: string; value: string };

/** The only error that `compile` and `render` throw. Line and column are 1-based, within the template's text, columns in UTF-16 units. */
export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  readonly line: number;
  readonly column: number;
  /** From the outermost `with`, `range` or `template` to the value that failed; absent where no value is involved. */
  readonly chain?: readonly ChainLink[];

  constructor(
    code: TemplateErrorCode,
    message: string,
    at: { line: number; column: number },
    options: { chain?: readonly ChainLink[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "TemplateError";
    this.code = code;
    this.line = at.line;
    this.column = at.column;
    if (options.chain && options.chain.length > 0) this.chain = options.chain;
  }
}

/** A failure that does not know yet where it happened; `render` turns it into a {@link TemplateError}. */
export class Failure extends Error {
  readonly code: TemplateErrorCode;
  readonly chain: readonly ChainLink[];

  constructor(code: TemplateErrorCode, message: string, chain: readonly ChainLink[] = []) {
    super(message);
    this.code = code;
    this.chain = chain;
  }
}
