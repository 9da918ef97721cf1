/** The place of one secret in a cloud's store. */
export type SecretAddress =
  | { kind: "aws"; arn: string; region: string }
  | { kind: "google"; project: string; secret: string }
  | { kind: "azure"; vaultUrl: string; secret: string };

const arn = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]{1,32}):\d{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519}$/;
const resource = /^projects\/([a-z0-9][a-z0-9:.-]{0,99})\/secrets\/([A-Za-z0-9_-]{1,255})(?:\/versions\/[A-Za-z0-9_-]+)?$/;
const vaultHost = /^[a-z0-9-]{1,127}\.(?:vault\.azure\.net|vault\.azure\.cn|vault\.usgovcloudapi\.net)$/;

/** Reads an ARN of AWS Secrets Manager, a resource name of Google Secret Manager, or the URL of a secret in an Azure Key Vault; undefined for any other text. */
export function parseSecretAddress(text: string): SecretAddress | undefined {
  const region = arn.exec(text)?.[1];
  if (region !== undefined) return { kind: "aws", arn: text, region };
  const [, project, secret] = resource.exec(text) ?? [];
  if (project !== undefined && secret !== undefined) return { kind: "google", project, secret };
  const url = URL.parse(text);
  const name = url && /^\/secrets\/([0-9A-Za-z-]{1,127})(?:\/[0-9a-f]{32})?\/?$/.exec(url.pathname)?.[1];
  const vaultUrl = url ? parseVaultUrl(url.origin) : undefined;
  return vaultUrl === undefined || name == null ? undefined : { kind: "azure", vaultUrl, secret: name };
}

/** The address of an Azure Key Vault, without a slash at its end; undefined for any other text: the runner's token goes to no other host. */
export function parseVaultUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || url.protocol !== "https:" || url.port !== "" || url.username !== "" || url.password !== "") return undefined;
  return vaultHost.test(url.hostname) && /^\/?$/.test(url.pathname) ? url.origin : undefined;
}
