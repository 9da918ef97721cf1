import type { Kysely } from "kysely";
import type { Hono } from "hono";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import type { System } from "../context.ts";
import { openRegistry, type OpenRegistry } from "../registries/open.ts";
import { parseRegistryTarget } from "../registries/target.ts";
import { accessOf, stillHolds } from "./access-of.ts";
import { buildRegistry } from "./app.ts";
import { defaultRegistryLimits, type RegistryDeps } from "./deps.ts";
import { buildPullThrough } from "./pull-through.ts";
import type { RegistryTables } from "./tables.ts";

/** `/v2` as the settings want it: the embedded registry, or pulls passed on to the external one. */
export function registryOf(system: System): Hono {
  const { externalRegistry } = system.settings;
  const target = externalRegistry === undefined ? undefined : parseRegistryTarget(externalRegistry);
  const deps: RegistryDeps = {
    db: system.db as unknown as Kysely<RegistryTables>,
    blobs: system.blobs,
    tokenKey: registryTokenKey(system.vault),
    verifyBasic: (_username, password) => accessOf(system, { prefix: target ? target.prefix : "", password }),
    holds: (subject) => stillHolds(system, subject),
    publicUrl: () => system.settings.publicUrl,
    logger: system.logger,
    limits: defaultRegistryLimits,
  };
  if (!target) return buildRegistry(deps);
  let opened: Promise<OpenRegistry> | undefined;
  return buildPullThrough({
    ...deps,
    open: async () => {
      opened ??= openRegistry(target);
      // One that could not be opened is tried again by the next request.
      opened.catch(() => (opened = undefined));
      return (await opened).client;
    },
  });
}
