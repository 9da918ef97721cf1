import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { runInNewContext } from "node:vm";
import { messageOf } from "@berth/kit/errors";
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { signedBytes } from "./signed-digest.ts";
import type { FoundSignature } from "./signatures.ts";

/** Who signed, or why a signature does not do for an authority. */
export type Checked = { ok: true; signer: string } | { ok: false; why: string };

/** A signature, and the image that it should be of. */
export type Subject = { signature: FoundSignature; digest: string; manifest: Buffer };

const longestSubject = 2048;
const regexpMs = 1000;

/** Checks a signature against a public key in PEM: ECDSA, RSA (PKCS #1) over SHA-256, or Ed25519. */
export function checkKey({ signature, digest, manifest }: Subject, pem: string): Checked {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return { ok: false, why: "the key is not a public key in PEM" };
  }
  const { content } = signature.bundle;
  const given =
    content.$case === "dsseEnvelope" ? content.dsseEnvelope.signatures.map(({ sig }) => sig) : [content.messageSignature.signature];
  const { bytes, speaksOfImage } = signedBytes(signature, digest, manifest);
  const algorithm = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  if (!given.some((sig) => verify(algorithm, bytes, key, sig))) return { ok: false, why: "it did not sign this" };
  return speaksOfImage ? { ok: true, signer: "a public key of the config" } : { ok: false, why: "it signed something else" };
}

/** Checks a signature made with a short-lived certificate of Fulcio: chain, transparency log, and who it was issued to. */
export function checkKeyless(
  { signature, digest, manifest }: Subject,
  authority: { issuer: string; subject?: string | undefined; subjectRegexp?: string | undefined },
  root: TrustedRoot,
): Checked {
  const { content } = signature.bundle.verificationMaterial;
  if (content.$case === "publicKey") return { ok: false, why: "the signature was made with a key" };
  let identity: { subjectAlternativeName?: string; extensions?: { issuer?: string } };
  try {
    const ctlogThreshold = root.ctlogs.length > 0 ? 1 : 0;
    const verifier = new Verifier(toTrustMaterial(root), { tlogThreshold: 1, ctlogThreshold, timestampThreshold: 1 });
    ({ identity = {} } = verifier.verify(toSignedEntity(signature.bundle, signature.payload ?? manifest)));
  } catch (error) {
    return { ok: false, why: `not verified (${messageOf(error).slice(0, 200)})` };
  }
  if (!signedBytes(signature, digest, manifest).speaksOfImage) return { ok: false, why: "it signed something else" };
  const subject = identity.subjectAlternativeName ?? "";
  const issuer = identity.extensions?.issuer ?? "";
  if (issuer !== authority.issuer) return { ok: false, why: `signed by ${subject} of ${issuer}` };
  if (!isSubject(subject, authority)) return { ok: false, why: `signed by ${subject}` };
  return { ok: true, signer: `${subject} of ${issuer}` };
}

function isSubject(subject: string, authority: { subject?: string | undefined; subjectRegexp?: string | undefined }): boolean {
  if (authority.subject !== undefined) return subject === authority.subject;
  if (authority.subjectRegexp === undefined || subject.length > longestSubject) return false;
  try {
    // Of the whole subject, and not for long: an expression may take for ever.
    const input = { expression: `^(?:${authority.subjectRegexp})$`, subject };
    return runInNewContext("new RegExp(expression).test(subject)", input, { timeout: regexpMs }) === true;
  } catch {
    return false;
  }
}
