import { describe, expect, it } from "vitest";
import { choosePlace, type Surroundings } from "./choose-place.ts";

const around = (more: Partial<Surroundings> = {}): Surroundings => ({
  cloud: { kind: "aws", region: "eu-west-1" },
  installId: "inl1",
  secretsDir: undefined,
  env: {},
  ...more,
});
const secret = { name: "license_key" };
const named = (text: string) => ({ ...secret, address: { text, from: "output license_key_arn of the sandbox" } });

describe("the place of a secret", () => {
  it("is where an output of the install says, whatever else there is", () => {
    const arn = "arn:aws:secretsmanager:us-east-2:123456789012:secret:x-AbCdEf";
    const roleArn = "arn:aws:iam::123456789012:role/provision";
    expect(choosePlace(named(arn), around({ secretsDir: "/secrets", cloud: { kind: "aws", region: "eu-west-1", roleArn } }))).toEqual({
      place: { kind: "aws", region: "us-east-2", id: arn, known: true, roleArn },
      why: "output license_key_arn of the sandbox names it",
    });
    expect(choosePlace(named("projects/acme/secrets/x"), around())).toMatchObject({ place: { kind: "google", known: true } });
    expect(choosePlace(named("https://a.vault.azure.net/secrets/x"), around({ cloud: { kind: "azure", tenantId: "t" } }))).toMatchObject({
      place: { kind: "azure", vaultUrl: "https://a.vault.azure.net", tenantId: "t" },
    });
    expect(choosePlace(named("hunter22"), around())).toEqual({ none: "output license_key_arn of the sandbox is no address of a secret" });
  });

  it("is the directory of the runner's operator before the cloud's store", () => {
    expect(choosePlace(secret, around({ secretsDir: "/secrets" }))).toEqual({
      place: { kind: "directory", path: "/secrets/license_key" },
      why: "BERTH_SECRETS_DIR is set on the runner's machine",
    });
  });

  it("in a cloud's store has the install's id in its name; region and project may come from the runner's environment", () => {
    expect(choosePlace(secret, around())).toMatchObject({
      place: { kind: "aws", region: "eu-west-1", id: "inl1/license_key", known: false },
    });
    expect(choosePlace(secret, around({ cloud: { kind: "aws" }, env: { AWS_REGION: "eu-north-1" } }))).toMatchObject({
      place: { region: "eu-north-1" },
    });
    expect(choosePlace({ name: "a.b" }, around({ cloud: { kind: "google" }, env: { GOOGLE_CLOUD_PROJECT: "acme" } }))).toMatchObject({
      place: { kind: "google", project: "acme", secret: "inl1-a-b" },
    });
    expect(choosePlace(secret, around({ cloud: { kind: "azure", vaultUrl: "https://a.vault.azure.net/" } }))).toMatchObject({
      place: { kind: "azure", vaultUrl: "https://a.vault.azure.net", secret: "license-key" },
    });
  });

  it.each([
    [{ kind: "aws" }, "set AWS_REGION for the runner, or set BERTH_SECRETS_DIR"],
    [{ kind: "aws", region: "../evil" }, "set AWS_REGION"],
    [{ kind: "google" }, "set GOOGLE_CLOUD_PROJECT"],
    [{ kind: "azure", vaultUrl: "https://evil.example" }, "give the sandbox an output key_vault_name"],
    [{ kind: "none" }, "set BERTH_SECRETS_DIR for the runner"],
  ] as const)("is nowhere in %j, and what to do is said", (cloud, help) => {
    expect(choosePlace(secret, around({ cloud }))).toEqual({ none: expect.stringContaining(help) as string });
  });
});
