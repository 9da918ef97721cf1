import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import type { Published } from "@berth/oci/artifact";
import type { ContainerImageComponent } from "./component-types.ts";
import type { Ctx } from "../../context.ts";
import { copyToPush, type PushPlace } from "./copy-image.ts";
import { credentialsFor, type CredentialOptions } from "./credentials.ts";
import { parseImageUrl } from "./image-address.ts";
import { explained, resolveImage } from "./resolve.ts";
import { verifyImage } from "./verify.ts";

/** What is worth knowing of an image that a build took. */
export type ImageFacts = { source: string; resolvedDigest: string; displayTag?: string; signedBy?: string };

/** An image in the registry that builds publish to. */
export type MadeImage = Published & { facts: ImageFacts };

/**
 * Takes an image of another registry into ours: finds the digest of its tag or policy, verifies its signature where the config says so, and copies it with every
 * platform and all that refers to it. The same digest as before is no work.
 * @param input.tag set in our registry, unique to the build
 * @param input.fetch for the other registry, which the config names
 * @throws AppError; `reason: "signature_invalid"` in its meta where no authority has signed
 */
export async function makeContainerImage(input: {
  ctx: Pick<Ctx, "orgId" | "system">;
  component: ContainerImageComponent;
  push: PushPlace;
  say: (line: string) => void;
  signal: AbortSignal;
  tag: string;
  /** Told when looking ends and copying begins. */
  onStage?: (stage: "source" | "publish") => void;
  fetch?: typeof fetch;
  credentials?: CredentialOptions;
}): Promise<MadeImage> {
  const { ctx, component, push, say, signal, tag } = input;
  const { settings } = ctx.system;
  const address = parseImageUrl(component.source.imageUrl, { allowLocal: settings.allowLocalRepos });
  const { repository, shown } = address;
  input.onStage?.("source");
  const auth = await credentialsFor({
    orgId: ctx.orgId,
    source: component.source,
    host: address.host,
    signal,
    alone: () => isAlone(ctx.system),
    ...(input.credentials && { options: input.credentials }),
  });
  const client: RegistryClient = createRegistryClient({ url: address.url, auth, fetch: input.fetch });
  say(`Looking up ${shown}${component.updatePolicy === undefined ? "" : ` for ${component.updatePolicy}`}`);
  const resolved = await resolveImage({
    client,
    repository,
    shown,
    tag: component.tag ?? address.tag,
    digest: address.digest,
    updatePolicy: component.updatePolicy,
    signal,
  });
  const { digest } = resolved;
  say(`${shown}${resolved.tag === undefined ? "" : `:${resolved.tag}`} is ${digest}`);
  const signedBy = await checkSignature().catch((error: unknown) => {
    throw explained(error, shown);
  });
  input.onStage?.("publish");
  const copied = await copyToPush({ source: { client, repository, reference: digest }, push, tag, say, signal });
  return {
    ...copied,
    facts: {
      source: shown,
      resolvedDigest: digest,
      ...(resolved.tag !== undefined && { displayTag: resolved.tag }),
      ...(signedBy !== undefined && { signedBy }),
    },
  };

  async function checkSignature(): Promise<string | undefined> {
    const { verification } = component;
    if (!verification) return undefined;
    try {
      const signer = await verifyImage({
        client,
        repository,
        digest,
        authorities: verification.authorities,
        trustedRoot: settings.sigstoreTrustedRoot,
        cacheDir: join(settings.dataDir, "sigstore"),
        signal,
      });
      say(`Signed by ${signer}`);
      return signer;
    } catch (error) {
      const invalid = error instanceof AppError && error.meta["reason"] === "signature_invalid";
      if (!invalid || verification.requireSignature) throw error;
      say(`Warning: ${error.message}; the config does not require a signature`);
      return undefined;
    }
  }
}

async function isAlone(system: Ctx["system"]): Promise<boolean> {
  return (await system.db.selectFrom("orgs").select("id").limit(2).execute()).length < 2;
}
