import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import { startDockerRegistry, type TestDockerRegistry } from "@berth/testkit/docker-registry";
import { itNeeds } from "@berth/testkit/programs";
import { afterEach, beforeEach, describe, expect } from "vitest";
import type { System } from "../../context.ts";
import { putImage, putIndex } from "../../registries/testing-image.ts";
import type { ContainerImageComponent } from "./component-types.ts";
import { makeContainerImage, type MadeImage } from "./make-container-image.ts";
import { createTestSigstore, newSigningKey, signAsBundle, signImage } from "./testing-sigstore.ts";

const itWithRegistry = itNeeds("docker-registry");
const itWithOpenssl = itNeeds("docker-registry", "openssl");
const repository = "team/web";
let upstream: TestDockerRegistry;
let ours: TestDockerRegistry;
let from: RegistryClient;
let to: RegistryClient;
let dataDir: string;
let said: string[];
beforeEach(async () => {
  [upstream, ours] = [await startDockerRegistry(), await startDockerRegistry()];
  [from, to] = [createRegistryClient({ url: upstream.url }), createRegistryClient({ url: ours.url })];
  dataDir = await mkdtemp(join(tmpdir(), "berth-images-"));
  said = [];
});
afterEach(async () => {
  for (const one of [upstream, ours]) await one[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

function make(more: Partial<ContainerImageComponent>, settings: object = {}, tag = "bld1"): Promise<MadeImage> {
  const component = {
    type: "container_image",
    name: "web",
    source: { kind: "public", imageUrl: `${new URL(upstream.url).host}/${repository}` },
    ...more,
  } as ContainerImageComponent;
  const system = { settings: { allowLocalRepos: true, dataDir, ...settings } } as System;
  const push = { client: to, repository: "org1/app1/component/web" };
  return makeContainerImage({
    ctx: { orgId: "org1", system },
    component,
    push,
    say: (line) => said.push(line),
    signal: AbortSignal.timeout(60_000),
    tag,
  });
}
const invalid = (message: RegExp) => ({
  code: "unprocessable",
  meta: { reason: "signature_invalid" },
  message: expect.stringMatching(message) as string,
});

describe("a container image", () => {
  itWithRegistry(
    "is taken at a tag or the highest version of its policy, and copied with every platform; once more is no work",
    async () => {
      const old = await putIndex(from, repository, { architectures: ["amd64", "arm64"], tag: "1.9.0" });
      const index = await putIndex(from, repository, { architectures: ["amd64", "arm64"], tag: "v1.10.2" });
      await putImage(from, repository, { tag: "2.0.0" });
      expect(await make({ tag: "1.9.0" })).toMatchObject({ digest: old.digest, facts: { displayTag: "1.9.0" } });
      const made = await make({ updatePolicy: "^1.2" }, {}, "bld2");
      expect(made).toMatchObject({
        digest: index.digest,
        mediaType: index.mediaType,
        facts: { displayTag: "v1.10.2", resolvedDigest: index.digest },
      });
      expect(await to.headManifest({ repository: "org1/app1/component/web", reference: "bld2" })).toMatchObject({ digest: index.digest });
      await make({ updatePolicy: "^1.2" }, {}, "bld3");
      expect(said.at(-1)).toContain("all there already");
    },
  );

  itWithRegistry("that is not there, or not for us, says what is", async () => {
    await putImage(from, repository, { tag: "1.0.0" });
    await expect(make({ tag: "1.0.1" })).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("the highest are 1.0.0") as string,
    });
    const host = new URL(upstream.url).host;
    await expect(make({ source: { kind: "public", imageUrl: `${host}/none` }, updatePolicy: "1.x" })).rejects.toThrow(/There is no image/);
    const at = { imageUrl: `${host}/${repository}`, region: "eu-west-1" };
    await expect(make({ source: { kind: "aws_ecr", ...at } })).rejects.toThrow(/external id org1/);
    await expect(
      make({ source: { kind: "azure_acr", ...at, registryUrl: "x.azurecr.io", clientId: "c", clientSecretName: "acr" } }),
    ).rejects.toThrow(/no store of secrets that acr could be in/);
  });

  itWithRegistry(
    "signed with a key is taken with its signature, and refused where another key signed, or something else was signed",
    async () => {
      for (const kind of ["ec", "rsa", "ed25519"] as const) {
        const [good, bad] = [newSigningKey(kind), newSigningKey(kind)];
        const image = await putImage(from, repository, { tag: kind });
        const verification = { requireSignature: true, authorities: [{ type: "public_key" as const, publicKey: bad.pem }] };
        await expect(make({ tag: kind, verification })).rejects.toMatchObject(invalid(/it has none/));
        await signImage({ client: from, repository, digest: image.digest, key: good.key });
        await expect(make({ tag: kind, verification })).rejects.toMatchObject(invalid(/public key: it did not sign this/));
        const either = {
          ...verification,
          authorities: [...verification.authorities, { type: "public_key" as const, publicKey: good.pem }],
        };
        expect((await make({ tag: kind, verification: either })).facts.signedBy).toBe("a public key of the config");
        const tag = `${image.digest.replace(":", "-")}.sig`;
        expect(await to.headManifest({ repository: "org1/app1/component/web", reference: tag })).toBeDefined();

        const other = await putImage(from, repository, { tag: `${kind}-other` });
        await signImage({ client: from, repository, digest: other.digest, key: good.key, names: image.digest });
        await expect(make({ tag: `${kind}-other`, verification: either })).rejects.toMatchObject(invalid(/it signed something else/));
        expect((await make({ tag: `${kind}-other`, verification: { ...either, requireSignature: false } })).facts.signedBy).toBeUndefined();
      }
    },
  );

  itWithRegistry("signed by a bundle that refers to it is taken; an attestation is no signature", async () => {
    const { key, pem } = newSigningKey("ec");
    const image = await putImage(from, repository, { tag: "v1" });
    const verification = { requireSignature: true, authorities: [{ type: "public_key" as const, publicKey: pem }] };
    await signAsBundle({ client: from, repository, image, key, predicateType: "https://spdx.dev/Document" });
    await expect(make({ tag: "v1", verification })).rejects.toMatchObject(invalid(/it signed something else/));
    await signAsBundle({ client: from, repository, image, key });
    expect((await make({ tag: "v1", verification })).facts.signedBy).toBeDefined();
    expect(await to.listReferrers({ repository: "org1/app1/component/web", digest: image.digest })).toHaveLength(2);
  });

  itWithOpenssl("signed without a key is taken where issuer and subject are those of an authority", async () => {
    await using sigstore = await createTestSigstore();
    await using stranger = await createTestSigstore();
    const settings = { sigstoreTrustedRoot: sigstore.trustedRoot };
    const [subject, issuer] = ["https://github.com/acme/web/.github/workflows/release.yml@refs/tags/v1", "https://token.actions.test"];
    const image = await putImage(from, repository, { tag: "v1" });
    const identity = await sigstore.issue({ subject, issuer });
    const sign = (signer: typeof sigstore, by: typeof identity, at = image.digest) =>
      signImage({ client: from, repository, digest: at, key: by.key, keyless: { sigstore: signer, certificate: by.certificate } });
    const taken = (authority: object, tag = "v1") =>
      make({ tag, verification: { requireSignature: true, authorities: [{ type: "keyless" as const, issuer, ...authority }] } }, settings);

    await sign(sigstore, identity);
    expect((await taken({ subject })).facts.signedBy).toBe(`${subject} of ${issuer}`);
    await taken({ subjectRegexp: "https://github\\.com/acme/.*" });
    await expect(taken({ subjectRegexp: "github\\.com/acme" })).rejects.toMatchObject(invalid(/signed by https:/));
    await expect(taken({ subjectRegexp: "(h|ht|t|p|s|:|/|.)*#" })).rejects.toMatchObject(invalid(/signed by https:/));
    await expect(taken({ subject: `${subject}x` })).rejects.toMatchObject(invalid(/signed by https:/));
    await expect(taken({ subject, issuer: "https://other.test" })).rejects.toMatchObject(invalid(/of https:\/\/token\.actions\.test/));

    const foreign = await putImage(from, repository, { tag: "v2" });
    await sign(stranger, await stranger.issue({ subject, issuer }), foreign.digest);
    await expect(taken({ subject }, "v2")).rejects.toMatchObject(invalid(/not verified/));
    const unlogged = await putImage(from, repository, { tag: "v3" });
    await sign(stranger, identity, unlogged.digest);
    await expect(taken({ subject }, "v3")).rejects.toMatchObject(invalid(/not verified/));
  });
});
