import { ApiError } from "@berth/api/client";
import { CommanderError } from "commander";
import { InvalidInput } from "./invalid-input.ts";
import { Interrupted } from "./io.ts";
import { NotFound } from "./not-found.ts";

/** Every exit code, for scripts. Append only. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  invalid: 2,
  buildFailed: 3,
  notFoundOrNotAllowed: 4,
  interrupted: 130,
} as const;

export const exitCodeMeanings: readonly [number, string][] = [
  [exitCodes.ok, "It worked."],
  [exitCodes.failed, "It failed: the operation itself, the control plane, or the way there."],
  [exitCodes.invalid, "The app's config, an input or the command line is not valid. Nothing was changed."],
  [exitCodes.buildFailed, "The config was stored, and a build of it failed or was cancelled."],
  [exitCodes.notFoundOrNotAllowed, "The thing does not exist, or the API token may not see it, is missing, expired or revoked."],
  [exitCodes.interrupted, "Ctrl-C. What was started on the control plane goes on."],
];

/** The exit code of anything thrown. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.invalid;
  if (error instanceof InvalidInput) return exitCodes.invalid;
  if (error instanceof NotFound) return exitCodes.notFoundOrNotAllowed;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (!(error instanceof ApiError)) return exitCodes.failed;
  if ([401, 403, 404, 410].includes(error.status)) return exitCodes.notFoundOrNotAllowed;
  return [400, 413, 422].includes(error.status) ? exitCodes.invalid : exitCodes.failed;
}
