import { AppError } from "@berth/kit/errors";
import { appConfigSchema, type AppConfig } from "@berth/toml-schema/app-config";
import { checkConfig } from "@berth/toml-schema/check";
import { hasErrors, sortDiagnostics, type Diagnostic } from "@berth/toml-schema/diagnostics";
import { buildTargets } from "./targets.ts";

const mostTargets = 500;
/** Names become parts of URLs, targets and repository names. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;

/**
 * Reads a resolved config that a client sent, trusting nothing in it.
 * @throws AppError `invalid_config` with `diagnostics` in its meta
 */
export function readConfig(value: unknown): AppConfig {
  const parsed = appConfigSchema.safeParse(value);
  if (!parsed.success) {
    const diagnostics = parsed.error.issues
      .slice(0, 100)
      .map((issue) => problem("", "invalid_shape", `${issue.path.join(".") || "the config"}: ${issue.message}`));
    throw invalidConfig(diagnostics);
  }
  const config = parsed.data;
  const diagnostics = [...checkConfig(config), ...badNames(config)];
  if (buildTargets(config).length > mostTargets)
    diagnostics.push(problem("", "too_many", `The config has more than ${mostTargets} things to build`));
  if (hasErrors(diagnostics)) throw invalidConfig(diagnostics);
  return config;
}

/** The refusal of a config. */
export function invalidConfig(diagnostics: readonly Diagnostic[]): AppError {
  const errors = sortDiagnostics(diagnostics.filter((one) => one.severity === "error"));
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const place = first?.file ? `${first.file}:${first.line}:${first.column}: ` : "";
  return new AppError("invalid_config", `The config is not valid: ${place}${first?.message ?? "unknown"}${more}`, {
    diagnostics: sortDiagnostics(diagnostics),
  });
}

/** An error about a whole file. */
export function problem(file: string, code: string, message: string): Diagnostic {
  return { severity: "error", code, message, file, line: 1, column: 1 };
}

function badNames(config: AppConfig): Diagnostic[] {
  const named = [
    ...config.components.map(({ file, name }) => ({ file, name })),
    ...config.actions.flatMap(({ file, name, steps }) => [name, ...steps.map((step) => step.name)].map((one) => ({ file, name: one }))),
  ];
  return named
    .filter(({ name }) => !plainName.test(name))
    .map(({ file, name }) =>
      problem(file, "bad_name", `${JSON.stringify(name.slice(0, 120))} is not a name: use letters, digits, spaces and . _ -`),
    );
}
