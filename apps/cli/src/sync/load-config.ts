import { join, resolve } from "node:path";
import { formatDiagnostics, hasErrors, type DiagnosticFormat } from "@berth/toml-schema/diagnostics";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { loadApp, type LoadResult } from "@berth/toml-schema/load";
import { AppError } from "@berth/kit/errors";
import { InvalidInput } from "../invalid-input.ts";
import type { Io } from "../io.ts";

/** Loads an app's directory. What is wrong in its files is in the result. @throws InvalidInput when the directory cannot be read */
export async function loadDirectory(
  io: Io,
  input: { dir: string | undefined; app?: string | undefined; offline?: boolean | undefined },
): Promise<LoadResult> {
  const dir = resolve(io.cwd, input.dir ?? ".");
  const cache = io.env["XDG_CACHE_HOME"] ?? (io.env["HOME"] ? join(io.env["HOME"], ".cache") : undefined);
  try {
    return await loadApp({
      dir,
      signal: io.signal,
      ...(input.app === undefined ? {} : { name: input.app }),
      ...(input.offline ? { offline: true } : {}),
      ...(cache === undefined ? {} : { cacheDir: join(cache, "berth", "includes") }),
    });
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") throw new InvalidInput(error.message);
    throw error;
  }
}

/** The diagnostics of a load as text in one of the formats. */
export function renderDiagnostics(io: Io, loaded: LoadResult, format: DiagnosticFormat): string {
  return formatDiagnostics({
    diagnostics: loaded.diagnostics,
    format,
    sources: new Map(loaded.files.map((file) => [file.path, file.text])),
    color: format === "text" && io.colors.isColorSupported,
  });
}

/** The config, where nothing forbids its use. */
export function usableConfig(loaded: LoadResult, strict = false): AppConfig | undefined {
  return hasErrors(loaded.diagnostics, strict) ? undefined : loaded.config;
}
