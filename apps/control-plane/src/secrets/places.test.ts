import { describe, expect, it } from "vitest";
import { cloudOf, toldAddress } from "./places.ts";

const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:inl1/key-AbCdEf";
const tree = (sandbox: object, stack?: object) => ({
  sandbox: { outputs: sandbox },
  ...(stack ? { install_stack: { outputs: stack } } : {}),
});

describe("the address of a secret", () => {
  it("is told by an output of the stack, or else of the sandbox, whatever cloud it is of", () => {
    expect(toldAddress(tree({ key_arn: arn }), "key")).toEqual({ text: arn, from: "output key_arn of the sandbox" });
    const stack = "projects/acme/secrets/key";
    expect(toldAddress(tree({ key_arn: arn }, { key: stack }), "key")).toEqual({ text: stack, from: "output key of the stack" });
    const azure = "https://acme.vault.azure.net/secrets/key";
    expect(toldAddress(tree({ key_secret_id: azure }), "key")).toMatchObject({ text: azure });
  });

  it("is no text of another kind: not a value, nor the address of something else", () => {
    for (const outputs of [{ key: "hunter22" }, { key_arn: "arn:aws:s3:::key" }, { key_arn: ["x"] }, { other_arn: arn }, {}])
      expect(toldAddress(tree(outputs), "key")).toBeUndefined();
    expect(toldAddress({}, "key")).toBeUndefined();
  });
});

describe("the cloud that keeps secrets", () => {
  it("is that of the runner, with what outputs tell of it", () => {
    expect(cloudOf(tree({ account: { region: "eu-west-1" } }), "aws")).toEqual({ kind: "aws", region: "eu-west-1" });
    expect(cloudOf(tree({}, { region: "us-east-2" }), "aws-eks")).toEqual({ kind: "aws", region: "us-east-2" });
    expect(cloudOf(tree({}), "aws")).toEqual({ kind: "aws" });
    expect(cloudOf(tree({ project_id: "acme" }), "gcp")).toEqual({ kind: "google", project: "acme" });
    const azure = cloudOf(tree({}, { key_vault_name: "acme", subscription_tenant_id: "t" }), "azure");
    expect(azure).toEqual({ kind: "azure", vaultUrl: "https://acme.vault.azure.net", tenantId: "t" });
    expect(cloudOf(tree({ key_vault_uri: "https://b.vault.azure.net/" }), "azure-aks")).toMatchObject({
      vaultUrl: "https://b.vault.azure.net/",
    });
    expect(cloudOf(tree({}), "local")).toEqual({ kind: "none" });
  });
});
