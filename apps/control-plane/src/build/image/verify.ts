import { readFile } from "node:fs/promises";
import { AppError, messageOf } from "@berth/kit/errors";
import type { RegistryClient } from "@berth/oci/client";
import type { ContainerImageComponent } from "./component-types.ts";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { checkKey, checkKeyless, type Checked } from "./check-authority.ts";
import { findSignatures } from "./signatures.ts";

type Verification = NonNullable<ContainerImageComponent["verification"]>;
export type Authority = Verification["authorities"][number];

/**
 * Verifies that one of the authorities has signed an image: Sigstore bundles that refer to it, or cosign's signatures under its tag.
 * @param input.trustedRoot file with Sigstore's trusted root, for builders without a way to its own distribution; default: that one, kept in `cacheDir`
 * @returns who signed, for people
 * @throws AppError `unprocessable` with `reason: "signature_invalid"` that names each authority and why it did not do
 */
export async function verifyImage(input: {
  client: RegistryClient;
  repository: string;
  digest: string;
  authorities: readonly Authority[];
  trustedRoot?: string | undefined;
  cacheDir: string;
  signal: AbortSignal;
}): Promise<string> {
  const { client, repository, digest, authorities, signal } = input;
  const refuse = (why: string): AppError =>
    new AppError("unprocessable", `The signature of ${repository}@${digest} is not valid: ${why}`, { reason: "signature_invalid" });
  if (authorities.length === 0) throw refuse("verification names no authority that could have signed it");
  const [{ found, unreadable }, { bytes: manifest }] = await Promise.all([
    findSignatures({ client, repository, digest, signal }),
    client.getManifest({ repository, reference: digest, signal }),
  ]);
  if (found.length === 0) throw refuse(["it has none", ...unreadable].join("; "));

  let root: Promise<TrustedRoot> | undefined;
  const reasons: string[] = [];
  for (const authority of authorities) {
    const whys = new Set<string>();
    for (const signature of found) {
      const subject = { signature, digest, manifest };
      const checked: Checked =
        authority.type === "public_key"
          ? checkKey(subject, authority.publicKey)
          : checkKeyless(subject, authority, await (root ??= loadTrustedRoot(input)));
      if (checked.ok) return checked.signer;
      whys.add(checked.why);
    }
    reasons.push(`${nameOf(authority)}: ${[...whys].join(", ")}`);
  }
  throw refuse([...reasons, ...unreadable].join("; "));
}

async function loadTrustedRoot(input: { trustedRoot?: string | undefined; cacheDir: string }): Promise<TrustedRoot> {
  try {
    if (input.trustedRoot !== undefined) return TrustedRoot.fromJSON(JSON.parse(await readFile(input.trustedRoot, "utf8")));
    const { getTrustedRoot } = await import("@sigstore/tuf");
    return await getTrustedRoot({ cachePath: input.cacheDir, timeout: 15_000 });
  } catch (error) {
    throw new AppError(
      "upstream_failed",
      `Sigstore's trusted root is not to be had, and keyless signatures can't be verified without it: ${messageOf(error)}`,
      { transient: input.trustedRoot === undefined },
    );
  }
}

function nameOf(authority: Authority): string {
  if (authority.type === "public_key") return "public key";
  return `keyless ${authority.subject ?? authority.subjectRegexp ?? ""} of ${authority.issuer}`;
}
