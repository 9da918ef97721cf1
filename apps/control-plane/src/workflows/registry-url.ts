import type { Settings } from "../env.ts";

/** Where runners pull artifacts: the embedded registry, or the external one without the credentials in its URL. */
export function registryUrl(settings: Pick<Settings, "publicUrl" | "externalRegistry">): string {
  if (settings.externalRegistry === undefined) return settings.publicUrl;
  const url = new URL(settings.externalRegistry);
  return `${url.protocol}//${url.host}`;
}
