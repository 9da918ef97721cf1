import type { ECRClientConfig } from "@aws-sdk/client-ecr";
import { AppError, messageOf } from "@berth/kit/errors";
import type { AuthSource } from "@berth/oci/client";
import type { GoogleAuthOptions } from "google-auth-library";
import type { ImageSource } from "./component-types.ts";

/** For tests: clouds at other addresses. */
export type CredentialOptions = {
  aws?: ECRClientConfig;
  sts?: { endpoint: string };
  google?: { auth: GoogleAuthOptions; endpoint: string };
};

const googleScope = "https://www.googleapis.com/auth/cloud-platform";

type Input = {
  orgId: string;
  source: ImageSource;
  host: string;
  signal: AbortSignal;
  /** Whether no other organisation uses this control plane. */
  alone: () => Promise<boolean>;
  options?: CredentialOptions;
};

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
      return garCredentials(input, source);
    case "azure_acr":
      if (source.clientId === undefined && source.clientSecretName === undefined && source.clientCertificateName === undefined)
        return undefined;
      throw new AppError(
        "unprocessable",
        `Private images of ${source.registryUrl} can't be read yet: organisations have no store of secrets that ${source.clientSecretName ?? source.clientCertificateName ?? "client_secret_name"} could be in. Allow anonymous pull there and leave out client_id, or copy the image to a registry that can be read`,
      );
  }
}

/**
 * A service account that the control plane's own may act as. Google has no external id by which to tell organisations apart, so this is for control planes with
 * a single one: with several, one could name the account of another.
 */
async function garCredentials(input: Input, source: Extract<ImageSource, { kind: "gcp_gar" }>): Promise<AuthSource | undefined> {
  const { serviceAccountEmail, workloadIdentityProvider } = source;
  const { options, host } = input;
  const open = "Let allUsers read the repository and leave it out, or copy the image to a registry that can be read";
  if (workloadIdentityProvider !== undefined)
    throw new AppError(
      "unprocessable",
      `gcp_gar.workload_identity_provider can't be used yet: the control plane issues no identity tokens. ${open}`,
    );
  if (serviceAccountEmail === undefined) return undefined;
  if (!/^[a-z0-9-]+-docker\.pkg\.dev$|^([a-z]+\.)?gcr\.io$/.test(host))
    throw new AppError("unprocessable", `image_url of gcp_gar must be at <region>-docker.pkg.dev, not at ${host}`);
  if (!(await input.alone()))
    throw new AppError(
      "unprocessable",
      `gcp_gar.service_account_email can't be used on a control plane of several organisations: any of them could name ${serviceAccountEmail}. ${open}`,
    );
  const { GoogleAuth, Impersonated } = await import("google-auth-library");
  try {
    const auth = new GoogleAuth({ scopes: [googleScope], ...options?.google?.auth });
    const account = new Impersonated({
      sourceClient: await auth.getClient(),
      targetPrincipal: serviceAccountEmail,
      targetScopes: [googleScope],
      lifetime: 1800,
      ...(options?.google && { endpoint: options.google.endpoint }),
    });
    const { token } = await account.getAccessToken();
    if (token) return { username: "oauth2accesstoken", password: token };
  } catch (error) {
    throw new AppError(
      "unprocessable",
      `Google did not let the control plane act as ${serviceAccountEmail} (${messageOf(error).slice(0, 300)}). Its own service account needs roles/iam.serviceAccountTokenCreator on that one, and that one roles/artifactregistry.reader`,
    );
  }
  throw new AppError("upstream_failed", `Google gave no token for ${serviceAccountEmail}`);
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
