import { execFile } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { canonicalJson, sha256 } from "@berth/kit/digest";
import type { RegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import { cosignTags, referrersIndex, referrersTag } from "@berth/oci/referrers-tag";
import { putBytes, putJson } from "../../registries/testing-image.ts";

const run = promisify(execFile);
const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString("base64");
const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");

/** A certificate for a short while, and its key, as Fulcio gives them out. */
export type Identity = { key: KeyObject; certificate: string };

/** A Sigstore of its own: a certificate authority, a transparency log, and the trusted root that names both. */
export type TestSigstore = AsyncDisposable & {
  trustedRoot: string;
  issue(input: { subject: string; issuer: string }): Promise<Identity>;
  /** What the log says of a signature, as cosign keeps it. */
  log(input: { digest: string; signature: Buffer; certificate: string }): string;
};

/** Makes one with the openssl on PATH. */
export async function createTestSigstore(): Promise<TestSigstore> {
  const dir = await mkdtemp(join(tmpdir(), "berth-sigstore-"));
  const openssl = (...args: string[]): Promise<unknown> => run("openssl", args, { cwd: dir });
  const newKey = (name: string): Promise<unknown> => openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
  await newKey("ca");
  const caExtensions = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
  await openssl("req", "-x509", "-new", "-key", "ca.key", "-days", "2", "-subj", "/O=test/CN=test-ca", ...caExtensions, "-out", "ca.pem");
  const log = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const logKey = log.publicKey.export({ type: "spki", format: "der" });
  const logId = createHash("sha256").update(logKey).digest();
  const validFor = { start: new Date(Date.now() - 3_600_000).toISOString() };
  const trustedRoot = join(dir, "root.json");
  const root = {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      {
        baseUrl: "https://log.test",
        hashAlgorithm: "SHA2_256",
        publicKey: { rawBytes: base64(logKey), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
        logId: { keyId: base64(logId) },
      },
    ],
    certificateAuthorities: [
      {
        subject: { organization: "test", commonName: "test-ca" },
        uri: "https://ca.test",
        certChain: { certificates: [{ rawBytes: base64(derOf(await readFile(join(dir, "ca.pem"), "utf8"))) }] },
        validFor,
      },
    ],
    ctlogs: [],
    timestampAuthorities: [],
  };
  await writeFile(trustedRoot, JSON.stringify(root));
  let issued = 0;
  return {
    trustedRoot,
    async issue({ subject, issuer }) {
      const name = `leaf${++issued}`;
      await newKey(name);
      const extensions = [
        `subjectAltName=critical,URI:${subject}`,
        "keyUsage=critical,digitalSignature",
        "extendedKeyUsage=codeSigning",
        `1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:${issuer}`,
      ];
      await writeFile(join(dir, `${name}.ext`), extensions.join("\n"));
      await openssl("req", "-new", "-key", `${name}.key`, "-subj", "/", "-out", `${name}.csr`);
      const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
      await openssl("x509", "-req", "-in", `${name}.csr`, ...authority, "-days", "1", "-extfile", `${name}.ext`, "-out", `${name}.pem`);
      const key = createPrivateKey(await readFile(join(dir, `${name}.key`), "utf8"));
      return { key, certificate: await readFile(join(dir, `${name}.pem`), "utf8") };
    },
    log({ digest, signature, certificate }) {
      const spec = {
        data: { hash: { algorithm: "sha256", value: digest.slice(7) } },
        signature: { content: base64(signature), publicKey: { content: base64(certificate) } },
      };
      const body = base64(canonicalJson({ apiVersion: "0.0.1", kind: "hashedrekord", spec }));
      const payload = { body, integratedTime: Math.floor(Date.now() / 1000), logIndex: 7, logID: logId.toString("hex") };
      const SignedEntryTimestamp = base64(sign("sha256", Buffer.from(canonicalJson(payload)), log.privateKey));
      return JSON.stringify({ SignedEntryTimestamp, Payload: payload });
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Signs an image as `cosign sign` does, under its `.sig` tag; with an identity keyless. */
export async function signImage(input: {
  client: RegistryClient;
  repository: string;
  digest: string;
  key: KeyObject;
  keyless?: { sigstore: TestSigstore; certificate: string };
  /** Says that another image was signed. */
  names?: string;
}): Promise<void> {
  const { client, repository, digest, key, keyless } = input;
  const critical = {
    identity: { "docker-reference": "" },
    image: { "docker-manifest-digest": input.names ?? digest },
    type: "cosign container image signature",
  };
  const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
  const signature = sign(key.asymmetricKeyType === "ed25519" ? null : "sha256", payload, key);
  const layer = await putBytes(client, repository, "application/vnd.dev.cosign.simplesigning.v1+json", payload);
  const annotations = {
    "dev.cosignproject.cosign/signature": base64(signature),
    ...(keyless && {
      "dev.sigstore.cosign/certificate": keyless.certificate,
      "dev.sigstore.cosign/bundle": keyless.sigstore.log({ digest: sha256(payload), signature, certificate: keyless.certificate }),
    }),
  };
  const config = await putBytes(client, repository, "application/vnd.oci.image.config.v1+json", Buffer.from("{}"));
  await putJson(client, repository, { mediaType: mediaTypes.manifest, config, layers: [{ ...layer, annotations }] }, cosignTags(digest)[0]);
}

/** Signs an image as a Sigstore bundle that refers to it. */
export async function signAsBundle(input: {
  client: RegistryClient;
  repository: string;
  image: { mediaType: string; digest: string; size: number };
  key: KeyObject;
  predicateType?: string;
}): Promise<void> {
  const { client, repository, image, key } = input;
  const payloadType = "application/vnd.in-toto+json";
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: image.digest.slice(7) } }],
    predicateType: input.predicateType ?? "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = sign("sha256", Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]), key);
  const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
  const bundle = {
    mediaType,
    verificationMaterial: { publicKey: { hint: "key" }, tlogEntries: [] },
    dsseEnvelope: { payload: base64(payload), payloadType, signatures: [{ sig: base64(sig), keyid: "" }] },
  };
  const layer = await putBytes(client, repository, mediaType, Buffer.from(JSON.stringify(bundle)));
  const config = await putBytes(client, repository, "application/vnd.oci.empty.v1+json", Buffer.from("{}"));
  const { digest, size } = image;
  const subject = { mediaType: image.mediaType, digest, size };
  const referrer = await putJson(client, repository, {
    mediaType: mediaTypes.manifest,
    artifactType: mediaType,
    config,
    layers: [layer],
    subject,
  });
  const bytes = referrersIndex([...(await client.listReferrers({ repository, digest })), referrer]);
  await client.putManifest({ repository, reference: referrersTag(digest), bytes, mediaType: mediaTypes.index });
}

/** A key of a kind, and its public half in PEM. */
export function newSigningKey(kind: "ec" | "rsa" | "ed25519"): { key: KeyObject; pem: string } {
  const pair =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : kind === "rsa"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ed25519");
  return { key: pair.privateKey, pem: createPublicKey(pair.privateKey).export({ type: "spki", format: "pem" }).toString() };
}
