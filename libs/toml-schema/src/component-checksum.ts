import { digestOf } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import type { AppConfig } from "./app-config.ts";

/**
 * `sha256:…` over one component as it is resolved: its settings and the contents of the files it includes, not the name of its TOML file.
 * Equal for equal components whatever the order of keys; nothing outside the component changes it.
 * @throws AppError not_found when the config has no such component
 */
export function componentChecksum(config: AppConfig, componentName: string): string {
  const component = config.components.find((candidate) => candidate.name === componentName);
  if (!component) throw new AppError("not_found", `The config has no component "${componentName}"`);
  const { file: _file, references: _references, ...settings } = component;
  return digestOf(settings);
}
