import type { SecretsSyncSpec } from "@berth/protocol/job-spec";
import { parseSecretAddress } from "@berth/protocol/secret-address";
import { asFields, outputsAt, type Fields } from "../workflows/outputs-at.ts";

/** A secret's address and which output tells it. */
export type ToldAddress = { text: string; from: string };

/** The ways in which stacks and sandboxes call the output with a secret's address. */
const suffixes = ["_arn", "_secret_arn", "_secret_id", "_id", "_secret_name", ""] as const;

/** The address of a secret as an output of the install's stack, or else of its sandbox, tells it. A text of another kind is no address. */
export function toldAddress(tree: Fields, name: string): ToldAddress | undefined {
  for (const [where, outputs] of outputsOf(tree)) {
    for (const suffix of suffixes) {
      const output = `${name}${suffix}`;
      const text = outputs[output];
      if (typeof text === "string" && text.length <= 2048 && parseSecretAddress(text))
        return { text, from: `output ${output} of the ${where}` };
    }
  }
  return undefined;
}

/**
 * The cloud whose store holds an install's secrets, by the type of its runner, with what the outputs of its stack and its sandbox tell of that.
 * @param tree the install's state
 */
export function cloudOf(tree: Fields, runnerType: string): SecretsSyncSpec["cloud"] {
  const [word = ""] = runnerType.split(/[-_]/);
  switch (clouds[word] ?? "none") {
    case "aws":
      return { kind: "aws", ...named("region", first(tree, ["region", "aws_region"])) };
    case "google":
      return { kind: "google", ...named("project", first(tree, ["project_id", "project", "gcp_project"])) };
    case "azure": {
      const name = first(tree, ["key_vault_name"]);
      const url = first(tree, ["key_vault_uri", "key_vault_url", "vault_uri"]);
      const vaultUrl = url ?? (name === undefined ? undefined : `https://${name}.vault.azure.net`);
      return { kind: "azure", ...named("vaultUrl", vaultUrl), ...named("tenantId", first(tree, ["subscription_tenant_id", "tenant_id"])) };
    }
    case "none":
      return { kind: "none" };
  }
}

const clouds: Readonly<Record<string, "aws" | "google" | "azure">> = {
  aws: "aws",
  eks: "aws",
  ecs: "aws",
  gcp: "google",
  gke: "google",
  azure: "azure",
  aks: "azure",
};

function outputsOf(tree: Fields): [string, Fields][] {
  const stack = asFields(asFields(tree["install_stack"])?.["outputs"]);
  const sandbox = outputsAt(tree, "sandbox");
  return [...(stack ? [["stack", stack] as [string, Fields]] : []), ...(sandbox ? [["sandbox", sandbox] as [string, Fields]] : [])];
}

/** The first of some outputs that is there: at the top, or in the output `account`. */
function first(tree: Fields, names: readonly string[]): string | undefined {
  for (const [, outputs] of outputsOf(tree)) {
    for (const fields of [outputs, asFields(outputs["account"]) ?? {}]) {
      const found = names.map((name) => fields[name]).find((value) => typeof value === "string" && value !== "");
      if (typeof found === "string") return found.slice(0, 512);
    }
  }
  return undefined;
}

function named<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}
