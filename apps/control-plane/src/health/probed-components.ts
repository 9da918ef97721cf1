import type { AppConfig } from "@berth/toml-schema/app-config";

/** The components of a config that have probes, with them. */
export function probedComponents(config: Pick<AppConfig, "components">) {
  return config.components.flatMap(({ name, file, health }) =>
    health?.enabled && health.probes.length > 0 ? [{ name, file, probes: health.probes }] : [],
  );
}

export type ProbedComponent = ReturnType<typeof probedComponents>[number];
