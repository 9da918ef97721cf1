import type { SecretDefinition } from "@berth/toml-schema/config/inputs";

/** What the generator of steps looks at. @param wrote whether a sync has written into the cluster before: what left the config is to go there */
export function secretFacts(
  secrets: readonly SecretDefinition[],
  wrote: boolean,
): { any: boolean; needSync: boolean; inCluster: boolean; wrote: boolean } {
  const inCluster = secrets.some(({ kubernetesSyncTargets }) => kubernetesSyncTargets.length > 0);
  return {
    any: secrets.length > 0,
    needSync: wrote || inCluster || secrets.some(({ autoGenerate }) => autoGenerate),
    inCluster: wrote || inCluster,
    wrote,
  };
}
