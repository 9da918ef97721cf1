import type { FoundSignature } from "./signatures.ts";

const signPredicate = "https://sigstore.dev/cosign/sign/v1";

/**
 * The bytes that a signature is of, and whether they speak of the image: a signature is worth nothing for another one.
 * @param manifest the image's own bytes, for signatures of nothing but them
 */
export function signedBytes(found: FoundSignature, digest: string, manifest: Buffer): { bytes: Buffer; speaksOfImage: boolean } {
  const { content } = found.bundle;
  if (content.$case === "dsseEnvelope") {
    const { payload, payloadType } = content.dsseEnvelope;
    return { bytes: preAuthentication(payloadType, payload), speaksOfImage: statementNames(payload, digest) };
  }
  if (!found.payload) return { bytes: manifest, speaksOfImage: true };
  return { bytes: found.payload, speaksOfImage: payloadNames(found.payload, digest) };
}

/** DSSE signs this instead of the payload alone. */
function preAuthentication(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

function statementNames(payload: Buffer, digest: string): boolean {
  const statement = parse(payload) as { predicateType?: unknown; subject?: { digest?: { sha256?: unknown } }[] } | undefined;
  // Attestations are signed too, but say other things than "this is mine".
  if (statement?.predicateType !== signPredicate || !Array.isArray(statement.subject)) return false;
  return statement.subject.some((subject) => `sha256:${String(subject?.digest?.sha256)}` === digest);
}

function payloadNames(payload: Buffer, digest: string): boolean {
  const signed = parse(payload) as { critical?: { image?: Record<string, unknown> } } | undefined;
  return signed?.critical?.image?.["docker-manifest-digest"] === digest;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
