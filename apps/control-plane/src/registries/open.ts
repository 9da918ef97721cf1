import type { RegistryAuth, RegistryClient } from "@berth/oci/client";
import { openEcr, type EcrOptions } from "./ecr.ts";
import { openGeneric } from "./generic.ts";
import type { RegistryTarget } from "./target.ts";

/** An external registry that artifacts are pushed to. */
export type OpenRegistry = {
  url: string;
  client: RegistryClient;
  /** The full name of a repository: the prefix and `name`. */
  repository(name: string): string;
  /** Makes sure that a repository (full name) can be pushed to. Most registries need nothing for that. */
  ensureRepository(repository: string, signal?: AbortSignal): Promise<void>;
  /** Credentials that work now. They reach as far as the operator's own: they are not narrowed to a repository. */
  auth(): Promise<RegistryAuth | undefined>;
};

/** What opening a registry may be given. */
export type OpenOptions = { fetch?: typeof fetch; ecr?: EcrOptions };

/**
 * Opens an external registry.
 * @throws AppError where an ECR registry gives no token (`forbidden`, `unavailable`, `upstream_failed`); others are not contacted yet
 */
export async function openRegistry(target: RegistryTarget, options: OpenOptions = {}): Promise<OpenRegistry> {
  switch (target.kind) {
    case "generic":
      return openGeneric(target, options);
    case "ecr":
      return openEcr(target, options);
  }
}
