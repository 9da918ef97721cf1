import type { SecretReport } from "@berth/protocol/specs/secrets";
import type { Digester } from "./digest.ts";
import type { Writes } from "./plan-writes.ts";
import type { ReadSecret } from "./read-secret.ts";

/** What is told of a secret. @param changes what became of its targets; absent where nothing was looked at in the cluster */
export function reportOf(read: ReadSecret, digester: Digester, changes?: Writes["changes"]): SecretReport {
  const { spec, value, problem } = read;
  const digest = value && digester.of(spec.name, value);
  const targets = changes
    ? spec.targets.map((target) => ({
        ...target,
        change: changes.get(`${target.namespace}/${target.name}/${target.key}`) ?? ("missing" as const),
      }))
    : [];
  return {
    name: spec.name,
    source: value || read.toMake || problem ? read.source : "none",
    exists: value !== undefined,
    generated: read.generated,
    change: changeOf(read, { digest, mark: digester.mark, targets }),
    targets,
    ...(read.address === undefined ? {} : { address: read.address.slice(0, 2048) }),
    ...(digest === undefined ? {} : { digest }),
    ...(value === undefined ? {} : { length: value.length }),
    ...(problem ? { problem: problem.text.slice(0, 4096) } : {}),
  };
}

/** Against the last sync, by digest. One that was made under another runner's key says nothing; then what stands in the cluster does. */
function changeOf(
  { spec, toMake }: ReadSecret,
  now: { digest: string | undefined; mark: string; targets: SecretReport["targets"] },
): SecretReport["change"] {
  if (now.digest === undefined) return toMake ? "created" : "missing";
  const { lastDigest } = spec;
  if (lastDigest === undefined) return "created";
  if (lastDigest === now.digest) return "unchanged";
  const comparable = lastDigest.startsWith(`${now.mark}:`);
  const same = now.targets.length > 0 && now.targets.every(({ change }) => change === "unchanged");
  return !comparable && same ? "unchanged" : "updated";
}
