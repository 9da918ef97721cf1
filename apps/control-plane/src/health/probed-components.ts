import type { AppConfig, Component } from "@berth/toml-schema/app-config";

/** The name of the check that tells how the objects are that a component's deploy has made in a cluster. */
export const readinessCheck = "kubernetes";

type Judged = Pick<AppConfig, "components" | "actions">;

/** The components of a config that the install's runner looks at: with their probes, and whether at the readiness of their objects too. */
export function probedComponents(config: Judged) {
  return config.components.flatMap((component) => {
    const { name, file, health, kubernetesContext } = component;
    const probes = health?.enabled ? health.probes : [];
    const readiness = hasReadiness(component, config);
    return probes.length > 0 || readiness ? [{ name, file, kubernetesContext, probes, readiness }] : [];
  });
}

export type ProbedComponent = ReturnType<typeof probedComponents>[number];

/** Whether the readiness of a component's objects is looked at. A job runs once: that it did is known from its deploy. A probe or an action of the check's name takes its place. */
export function hasReadiness({ type, health }: Component, { actions }: Pick<AppConfig, "actions">): boolean {
  if (type !== "helm_chart" && type !== "kubernetes_manifest") return false;
  if (health && (!health.enabled || health.readiness === false)) return false;
  return ![...(health?.probes ?? []), ...actions].some(({ name }) => name === readinessCheck);
}
