import { buffer } from "node:stream/consumers";
import { AppError } from "@berth/kit/errors";
import type { RegistryClient } from "@berth/oci/client";
import type { Descriptor } from "@berth/oci/manifest";
import { cosignTags } from "@berth/oci/referrers-tag";
import { bundleFromJSON, type Bundle } from "@sigstore/bundle";

/** A signature found beside an image: what was signed, and its Sigstore form. */
export type FoundSignature = {
  /** For sentences: `the bundle sha256:…`. */
  where: string;
  /** Bytes that the signature is of; undefined where the bundle's envelope carries them. */
  payload?: Buffer | undefined;
  bundle: Bundle;
};

const simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";
const bundleType = /^application\/vnd\.dev\.sigstore\.bundle(\.v[\d.]+)?\+json$/;
const mostBytes = 4 * 1024 * 1024;
const most = 50;

type At = { client: RegistryClient; repository: string; digest: string; signal: AbortSignal };

/** The signatures of an image: Sigstore bundles that refer to it, and those under cosign's tag. What is not readable is told, not used. At most 50. */
export async function findSignatures(input: At): Promise<{ found: FoundSignature[]; unreadable: string[] }> {
  const found: FoundSignature[] = [];
  const unreadable: string[] = [];
  const { client, repository, digest, signal } = input;
  const collect = async (where: string, read: () => Promise<FoundSignature>): Promise<void> => {
    if (found.length >= most) return;
    try {
      found.push(await read());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && (error.code === "unavailable" || error.code === "rate_limited")) throw error;
      unreadable.push(`${where} is not readable`);
    }
  };
  for (const referrer of await client.listReferrers({ repository, digest, signal })) {
    const layers = await layersOf(input, referrer.digest).catch(() => []);
    for (const layer of layers.filter(({ mediaType }) => bundleType.test(mediaType))) {
      const where = `the bundle ${layer.digest}`;
      await collect(where, async () => ({ where, bundle: bundleFromJSON(JSON.parse((await bytesOf(input, layer)).toString())) }));
    }
  }
  const [tag = ""] = cosignTags(digest);
  if (!(await client.headManifest({ repository, reference: tag, signal }))) return { found, unreadable };
  for (const layer of await layersOf(input, tag)) {
    if (layer.mediaType !== simpleSigning) continue;
    const where = `the signature ${layer.digest} under ${tag}`;
    await collect(where, async () => {
      const payload = await bytesOf(input, layer);
      return { where, payload, bundle: bundleFromJSON(asBundle(layer)) };
    });
  }
  return { found, unreadable };
}

async function layersOf({ client, repository, signal }: At, reference: string): Promise<Descriptor[]> {
  const { manifest } = await client.getManifest({ repository, reference, signal });
  return manifest.kind === "image" ? manifest.value.layers : [];
}

async function bytesOf({ client, repository, signal }: At, { digest, size }: Descriptor): Promise<Buffer> {
  if (size > mostBytes) throw new AppError("too_large", `A signature has more than ${mostBytes} bytes`);
  return buffer(await client.getBlob({ repository, digest, size, signal }));
}

/** cosign's annotations as the Sigstore bundle that they amount to. */
function asBundle({ annotations = {}, digest }: Descriptor): unknown {
  const certificate = annotations["dev.sigstore.cosign/certificate"];
  const rekor = annotations["dev.sigstore.cosign/bundle"];
  const chain = (certificate ?? "").match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const rawBytes = (pem: string): string => pem.replace(/-----[A-Z ]+-----|\s/g, "");
  return {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      ...(chain.length > 0
        ? { x509CertificateChain: { certificates: chain.map((pem) => ({ rawBytes: rawBytes(pem) })) } }
        : { publicKey: { hint: "" } }),
      tlogEntries: rekor === undefined ? [] : [asLogEntry(JSON.parse(rekor))],
    },
    messageSignature: {
      messageDigest: { algorithm: "SHA2_256", digest: Buffer.from(digest.slice(7), "hex").toString("base64") },
      signature: annotations["dev.cosignproject.cosign/signature"],
    },
  };
}

type RekorBundle = { SignedEntryTimestamp: string; Payload: { body: string; integratedTime: number; logIndex: number; logID: string } };

function asLogEntry(bundle: RekorBundle): unknown {
  const { body, integratedTime, logIndex, logID } = bundle.Payload;
  const { kind, apiVersion } = JSON.parse(Buffer.from(body, "base64").toString()) as { kind: string; apiVersion: string };
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, "hex").toString("base64") },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: bundle.SignedEntryTimestamp },
    canonicalizedBody: body,
  };
}
