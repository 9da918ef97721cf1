import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import type { System } from "../context.ts";
import { openRegistry } from "../registries/open.ts";
import { parseRegistryTarget } from "../registries/target.ts";
import { mintRegistryToken } from "../registry/token.ts";

/** Where builds publish to. */
export type PushRegistry = {
  /** Makes a repository ready and gives its full name there, with a client that may push to it. */
  open(name: string, signal: AbortSignal): Promise<{ repository: string; client: RegistryClient }>;
};

const tokenLifetimeMs = 15 * 60_000;

/** The registry that the settings name, or the embedded one: over HTTP too, so that a builder can run anywhere. */
export function openPushRegistry(system: System): PushRegistry {
  const { externalRegistry, publicUrl } = system.settings;
  if (externalRegistry !== undefined) {
    const target = parseRegistryTarget(externalRegistry);
    return {
      async open(name, signal) {
        const registry = await openOnce(target);
        const repository = registry.repository(name);
        await registry.ensureRepository(repository, signal);
        return { repository, client: registry.client };
      },
    };
  }
  return {
    open(repository) {
      const auth = () => {
        const expiresAt = new Date(system.now().getTime() + tokenLifetimeMs);
        const scopes = [{ repository, actions: ["pull" as const, "push" as const] }];
        return Promise.resolve({
          token: mintRegistryToken({ key: registryTokenKey(system.vault), subject: "builder", scopes, expiresAt }),
        });
      };
      return Promise.resolve({ repository, client: createRegistryClient({ url: publicUrl, auth }) });
    },
  };
}

const opened = new Map<string, ReturnType<typeof openRegistry>>();

/** One opened registry per target and process: it keeps its credentials until they expire, instead of fetching them for each build. */
function openOnce(target: Parameters<typeof openRegistry>[0]): ReturnType<typeof openRegistry> {
  const key = JSON.stringify(target);
  const known = opened.get(key);
  if (known) return known;
  const opening = openRegistry(target);
  opened.set(key, opening);
  opening.catch(() => opened.delete(key));
  return opening;
}
