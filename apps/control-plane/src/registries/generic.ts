import { createRegistryClient } from "@berth/oci/client";
import type { OpenOptions, OpenRegistry } from "./open.ts";
import { prefixed } from "./prefixed.ts";
import type { RegistryTarget } from "./target.ts";

/** Any registry that speaks the distribution spec, with basic or bearer credentials or none. Repositories appear with the first push. */
export function openGeneric(target: Extract<RegistryTarget, { kind: "generic" }>, options: OpenOptions): OpenRegistry {
  return {
    url: target.url,
    client: createRegistryClient({ url: target.url, auth: target.auth, fetch: options.fetch }),
    repository: (name) => prefixed(target.prefix, name),
    ensureRepository: () => Promise.resolve(),
    auth: () => Promise.resolve(target.auth),
  };
}
