import { describe, expect, it } from "vitest";
import { parseSecretAddress, parseVaultUrl } from "./secret-address.ts";

describe("the address of a secret", () => {
  it("is an ARN, a resource name or a URL in a key vault", () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:inl1/license_key-AbCdEf";
    expect(parseSecretAddress(arn)).toEqual({ kind: "aws", arn, region: "eu-west-1" });
    expect(parseSecretAddress("arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:x")).toMatchObject({
      region: "us-gov-west-1",
    });
    const google = { kind: "google", project: "acme-prod", secret: "inl1-license_key" };
    expect(parseSecretAddress("projects/acme-prod/secrets/inl1-license_key")).toEqual(google);
    expect(parseSecretAddress("projects/acme-prod/secrets/inl1-license_key/versions/latest")).toEqual(google);
    const azure = { kind: "azure", vaultUrl: "https://acme.vault.azure.net", secret: "license-key" };
    expect(parseSecretAddress("https://acme.vault.azure.net/secrets/license-key")).toEqual(azure);
    expect(parseSecretAddress(`https://acme.vault.azure.net/secrets/license-key/${"a".repeat(32)}`)).toEqual(azure);
  });

  it.each([
    "",
    "license_key",
    "hunter22",
    "arn:aws:ssm:eu-west-1:123456789012:parameter/x",
    "projects/acme/secrets/",
    "projects/acme/topics/x",
    "https://acme.vault.azure.net/keys/x",
    "http://acme.vault.azure.net/secrets/x",
    "https://acme.vault.azure.net.evil.example/secrets/x",
    "https://acme.vault.azure.net@evil.example/secrets/x",
    "https://evil.example/secrets/x",
    "https://acme.vault.azure.net:8443/secrets/x",
  ])("is not %j", (text) => expect(parseSecretAddress(text)).toBeUndefined());

  it("of a vault is a host of Azure's over https, and nothing behind it", () => {
    expect(parseVaultUrl("https://acme.vault.azure.net/")).toBe("https://acme.vault.azure.net");
    for (const text of ["https://acme.vault.azure.net/x", "https://vault.azure.net", "https://a.b.vault.azure.net", "nonsense"])
      expect(parseVaultUrl(text)).toBeUndefined();
  });
});
