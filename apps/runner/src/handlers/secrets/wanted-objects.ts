import type { SecretTarget } from "@berth/protocol/specs/secrets";
import { JobFailure } from "../handler.ts";

/** One key of a Kubernetes secret. Without a value, what stands there stays. */
export type WantedKey = { secret: string; key: string; value: Buffer | undefined };

/** One Kubernetes secret with what goes into it. */
export type WantedObject = { namespace: string; name: string; keys: WantedKey[] };

/**
 * The Kubernetes secrets that secrets go into: several may share one.
 * @throws JobFailure `spec_invalid` where two go under the same key
 */
export function wantedObjects(
  secrets: readonly { name: string; targets: readonly SecretTarget[]; value: Buffer | undefined }[],
): WantedObject[] {
  const objects = new Map<string, WantedObject>();
  for (const { name: secret, targets, value } of secrets) {
    for (const { namespace, name, key } of targets) {
      const address = `${namespace}/${name}`;
      const object = objects.get(address) ?? { namespace, name, keys: [] };
      const other = object.keys.find((each) => each.key === key);
      if (other && other.secret !== secret)
        throw new JobFailure(
          "spec_invalid",
          `The secrets ${other.secret} and ${secret} both go into ${key} of the Kubernetes secret ${address}: give them keys of their own.`,
        );
      if (!other) object.keys.push({ secret, key, value });
      objects.set(address, object);
    }
  }
  return [...objects.values()];
}
