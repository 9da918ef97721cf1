import type { ECRClientConfig } from "@aws-sdk/client-ecr";
import { AppError, messageOf } from "@berth/kit/errors";
import type { AuthSource } from "@berth/oci/client";
import type { ImageSource } from "./component-types.ts";

/** For tests: AWS at other addresses. */
export type CredentialOptions = { aws?: ECRClientConfig; sts?: { endpoint: string } };

type Input = { orgId: string; source: ImageSource; host: string; signal: AbortSignal; options?: CredentialOptions };

/**
 * Credentials for the registry of an image source; undefined where it is read anonymously. None of them is the control plane's own: every organisation shares
 * that one.
 * @throws AppError `unprocessable` for what is missing or refused
 */
export async function credentialsFor(input: Input): Promise<AuthSource | undefined> {
  const { source } = input;
  switch (source.kind) {
    case "public":
      return undefined;
    case "aws_ecr":
      return ecrCredentials(input, source);
    case "gcp_gar":
      if (source.serviceAccountEmail === undefined && source.workloadIdentityProvider === undefined) return undefined;
      throw new AppError(
        "unprocessable",
        "Private images of Artifact Registry can't be read yet: the control plane has no identity that Google could tell organisations apart by. Let allUsers read the repository and leave out service_account_email and workload_identity_provider, or copy the image to a registry that can be read",
      );
    case "azure_acr":
      if (source.clientId === undefined && source.clientSecretName === undefined && source.clientCertificateName === undefined)
        return undefined;
      throw new AppError(
        "unprocessable",
        `Private images of ${source.registryUrl} can't be read yet: organisations have no store of secrets that ${source.clientSecretName ?? source.clientCertificateName ?? "client_secret_name"} could be in. Allow anonymous pull there and leave out client_id, or copy the image to a registry that can be read`,
      );
  }
}

/** A role of the vendor's account that lets the control plane in by the organisation's id: one organisation can't name the role of another. */
async function ecrCredentials(input: Input, source: Extract<ImageSource, { kind: "aws_ecr" }>): Promise<AuthSource> {
  const { iamRoleArn, region } = source;
  const { orgId, options, host } = input;
  if (source.connection !== undefined)
    throw new AppError("unprocessable", "aws_ecr.connection can't be used yet: name a role with iam_role_arn");
  if (iamRoleArn === undefined)
    throw new AppError(
      "unprocessable",
      `A private image of ECR needs iam_role_arn: a role that may pull it and trusts the control plane with external id ${orgId}`,
    );
  if (!/^\d{12}\.dkr[.-]ecr[a-z.-]*\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)$/.test(host))
    throw new AppError("unprocessable", `image_url of aws_ecr must be at <account>.dkr.ecr.<region>.amazonaws.com, not at ${host}`);
  const [sdk, { fromTemporaryCredentials }] = await Promise.all([import("@aws-sdk/client-ecr"), import("@aws-sdk/credential-providers")]);
  const credentials = fromTemporaryCredentials({
    params: { RoleArn: iamRoleArn, RoleSessionName: "berth-build", ExternalId: orgId, DurationSeconds: 1800 },
    clientConfig: { region, ...options?.sts },
    ...(options?.aws?.credentials && { masterCredentials: options.aws.credentials as never }),
  });
  const ecr = new sdk.ECRClient({ region, ...options?.aws, credentials });
  try {
    const answer = await ecr.send(new sdk.GetAuthorizationTokenCommand({}), { abortSignal: input.signal });
    const text = Buffer.from(answer.authorizationData?.[0]?.authorizationToken ?? "", "base64").toString();
    const colon = text.indexOf(":");
    if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch (error) {
    input.signal.throwIfAborted();
    const name = error instanceof Error ? error.name : messageOf(error);
    throw new AppError(
      "unprocessable",
      `AWS did not let the control plane use the role ${iamRoleArn} to read ${host} (${name}). The role must trust the control plane's AWS identity with external id ${orgId}, and allow ecr:GetAuthorizationToken and pulling`,
    );
  }
  throw new AppError("upstream_failed", "ECR sent a token without its parts");
}
