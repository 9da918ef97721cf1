import { join, relative, resolve } from "node:path";
import { formatDiagnostics, hasErrors, type Diagnostic, type DiagnosticFormat } from "@berth/toml-schema/diagnostics";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { loadApp, type LoadResult } from "@berth/toml-schema/load";
import { AppError } from "@berth/kit/errors";
import { InvalidInput } from "../invalid-input.ts";
import type { Io } from "../io.ts";

/** An app that was read, its directory, and what stands before its files seen from where the person is. */
export type LoadedDirectory = LoadResult & { dir: string; pathPrefix: string };

/** Loads an app's directory. What is wrong in its files is in the result. @throws InvalidInput when the directory cannot be read */
export async function loadDirectory(
  io: Io,
  input: { dir: string | undefined; app?: string | undefined; offline?: boolean | undefined },
): Promise<LoadedDirectory> {
  const dir = resolve(io.cwd, input.dir ?? ".");
  const cache = io.env["XDG_CACHE_HOME"] ?? (io.env["HOME"] ? join(io.env["HOME"], ".cache") : undefined);
  const below = relative(io.cwd, dir);
  try {
    const loaded = await loadApp({
      dir,
      signal: io.signal,
      ...(input.app === undefined ? {} : { name: input.app }),
      ...(input.offline ? { offline: true } : {}),
      ...(cache === undefined ? {} : { cacheDir: join(cache, "berth", "includes") }),
    });
    return { ...loaded, dir, pathPrefix: below === "" ? "" : `${below}/` };
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") throw new InvalidInput(error.message);
    throw error;
  }
}

/**
 * An app without errors, for commands that show something of it; errors, and what was not fetched, go to standard error.
 * @returns undefined where there are errors
 */
export async function loadWithoutErrors(
  io: Io,
  input: Parameters<typeof loadDirectory>[1],
): Promise<(LoadedDirectory & { config: AppConfig }) | undefined> {
  const loaded = await loadDirectory(io, input);
  const { config } = loaded;
  const diagnostics = loaded.diagnostics.filter(({ severity, code }) => severity === "error" || code === "include_not_fetched");
  io.err(renderDiagnostics(io, { ...loaded, diagnostics }, "text"));
  return config ? { ...loaded, config } : undefined;
}

/** Diagnostics as text in one of the formats, by default those of the load. */
export function renderDiagnostics(
  io: Io,
  loaded: Pick<LoadedDirectory, "files" | "pathPrefix"> & { diagnostics: readonly Diagnostic[] },
  format: DiagnosticFormat,
): string {
  return formatDiagnostics({
    diagnostics: loaded.diagnostics,
    format,
    sources: new Map(loaded.files.map((file) => [file.path, file.text])),
    color: format === "text" && io.colors.isColorSupported,
    pathPrefix: loaded.pathPrefix,
  });
}

/** The config, where nothing forbids its use. */
export function usableConfig(loaded: LoadResult, strict = false): AppConfig | undefined {
  return hasErrors(loaded.diagnostics, strict) ? undefined : loaded.config;
}
