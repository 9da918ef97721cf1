import type { SecretSource } from "@berth/protocol/specs/secrets";
import type { Place } from "./choose-place.ts";

/** What a kind of place is called in reports. */
export const sourceOf: Readonly<Record<Place["kind"], SecretSource>> = {
  aws: "aws_secrets_manager",
  google: "google_secret_manager",
  azure: "azure_key_vault",
  directory: "directory",
};

/** The address that people know a place by. */
export function addressOf(place: Place): string {
  switch (place.kind) {
    case "aws":
      return place.id;
    case "google":
      return `projects/${place.project}/secrets/${place.secret}`;
    case "azure":
      return `${place.vaultUrl}/secrets/${place.secret}`;
    case "directory":
      return place.path;
  }
}

/** `AWS Secrets Manager in eu-west-1 (inl1/license_key)`. */
export function describePlace(place: Place): string {
  switch (place.kind) {
    case "aws":
      return `AWS Secrets Manager in ${place.region} (${place.id})`;
    case "google":
      return `Google Secret Manager (${addressOf(place)})`;
    case "azure":
      return `Azure Key Vault (${addressOf(place)})`;
    case "directory":
      return `the runner's directory (${place.path})`;
  }
}

/** How the customer puts a value there, as a sentence. The value itself is in no command line. */
export function howToPut(place: Place): string {
  switch (place.kind) {
    case "aws": {
      const command = place.known ? `put-secret-value --secret-id ${place.id}` : `create-secret --name ${place.id}`;
      return `With the value in a file: aws secretsmanager ${command} --region ${place.region} --secret-string file://value.txt`;
    }
    case "google": {
      const command = place.known ? `versions add ${place.secret}` : `create ${place.secret}`;
      return `With the value in a file: gcloud secrets ${command} --project ${place.project} --data-file value.txt`;
    }
    case "azure": {
      const vault = new URL(place.vaultUrl).hostname.split(".")[0] ?? "";
      return `With the value in a file: az keyvault secret set --vault-name ${vault} --name ${place.secret} --file value.txt`;
    }
    case "directory":
      return `Put the value into the file ${place.path} on the runner's machine, readable by the runner alone (mode 0600)`;
  }
}
