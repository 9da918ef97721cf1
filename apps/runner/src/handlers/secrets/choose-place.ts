import type { SecretsSyncSpec } from "@berth/protocol/job-spec";
import { parseSecretAddress, parseVaultUrl } from "@berth/protocol/secret-address";
import type { SecretSpec } from "@berth/protocol/specs/secrets";
import { join } from "node:path";

/** Where the value of one secret is kept. `known`: an output of the install names it, so it is made by whoever made that. */
export type Place =
  | { kind: "aws"; region: string; id: string; known: boolean; roleArn?: string }
  | { kind: "google"; project: string; secret: string; known: boolean }
  | { kind: "azure"; vaultUrl: string; secret: string; known: boolean; tenantId?: string }
  | { kind: "directory"; path: string };

/** The place and why it is that one; or why there is none, and what to do about that. Both as the rest of a sentence. */
export type Choice = { place: Place; why: string } | { none: string };

/** What decides beside the secret itself: the spec, and the runner's own settings and environment. */
export type Surroundings = {
  cloud: SecretsSyncSpec["cloud"];
  installId: string;
  secretsDir: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
};

/**
 * Where a secret is kept: where an output of the install says; else in the directory that the runner's operator has named; else in the store of the install's cloud,
 * under the install's id and the secret's name.
 */
export function choosePlace(secret: Pick<SecretSpec, "name" | "address">, around: Surroundings): Choice {
  const { cloud } = around;
  if (secret.address) {
    const address = parseSecretAddress(secret.address.text);
    const why = `${secret.address.from} names it`;
    if (!address) return { none: `${secret.address.from} is no address of a secret` };
    if (address.kind === "aws") {
      const roleArn = cloud.kind === "aws" ? cloud.roleArn : undefined;
      return { place: { kind: "aws", region: address.region, id: address.arn, known: true, ...defined({ roleArn }) }, why };
    }
    if (address.kind === "google") return { place: { ...address, known: true }, why };
    const tenantId = cloud.kind === "azure" ? cloud.tenantId : undefined;
    return { place: { ...address, known: true, ...defined({ tenantId }) }, why };
  }
  if (around.secretsDir !== undefined) {
    return {
      place: { kind: "directory", path: join(around.secretsDir, secret.name) },
      why: "BERTH_SECRETS_DIR is set on the runner's machine",
    };
  }
  return inCloud(secret.name, around);
}

function inCloud(name: string, { cloud, installId, env }: Surroundings): Choice {
  const orDirectory = "or set BERTH_SECRETS_DIR for the runner";
  switch (cloud.kind) {
    case "aws": {
      const region = cloud.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
      if (region === undefined || !/^[a-z0-9-]{1,32}$/.test(region))
        return { none: `the install is in AWS and its region is not known: set AWS_REGION for the runner, ${orDirectory}` };
      const { roleArn } = cloud;
      return {
        place: { kind: "aws", region, id: `${installId}/${name}`, known: false, ...defined({ roleArn }) },
        why: "the install is in AWS",
      };
    }
    case "google": {
      const project = cloud.project ?? env["GOOGLE_CLOUD_PROJECT"];
      if (project === undefined || !/^[a-z0-9][a-z0-9:.-]{0,99}$/.test(project))
        return {
          none: `the install is in Google Cloud and its project is not known: set GOOGLE_CLOUD_PROJECT for the runner, ${orDirectory}`,
        };
      const secret = `${installId}-${name}`.replaceAll(/[^A-Za-z0-9_-]/g, "-");
      return { place: { kind: "google", project, secret, known: false }, why: "the install is in Google Cloud" };
    }
    case "azure": {
      const vaultUrl = cloud.vaultUrl === undefined ? undefined : parseVaultUrl(cloud.vaultUrl);
      if (vaultUrl === undefined)
        return {
          none: `the install is in Azure and its key vault is not known: give the sandbox an output key_vault_name, ${orDirectory}`,
        };
      const secret = name.replaceAll(/[^0-9A-Za-z-]/g, "-");
      return {
        place: { kind: "azure", vaultUrl, secret, known: false, ...defined({ tenantId: cloud.tenantId }) },
        why: "the install is in Azure",
      };
    }
    case "none":
      return {
        none: "the install is in no cloud that keeps secrets: set BERTH_SECRETS_DIR for the runner, to a directory with a file for each",
      };
  }
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
