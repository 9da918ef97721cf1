import type { ECRClientConfig } from "@aws-sdk/client-ecr";
import { AppError } from "@berth/kit/errors";
import type { RegistryAuth } from "@berth/oci/client";
import type { InstallRegistry } from "@berth/protocol/job-spec";

/** For tests and special set-ups: how the AWS clients are made (endpoints, credentials). */
export type EcrOptions = { client?: ECRClientConfig; sts?: { endpoint: string } };

/** An ECR registry: credentials that last for twelve hours, longer than any job, and a way to make its repository. */
export type OpenEcr = { auth: () => Promise<RegistryAuth>; ensureRepository: () => Promise<void> };

/** Opens it through the AWS credential chain of the runner, or in the role that the registry names. The token is fetched when it is first needed. */
export async function openEcr(
  registry: Extract<InstallRegistry, { kind: "ecr" }>,
  options: EcrOptions & { signal: AbortSignal },
): Promise<OpenEcr> {
  // Loaded only where ECR is used: the SDK costs tens of megabytes.
  const sdk = await import("@aws-sdk/client-ecr");
  const { region, roleArn, repository } = registry;
  const own = options.client?.credentials;
  const inRole = roleArn === undefined ? {} : { credentials: await roleCredentials({ roleArn, region, own, sts: options.sts }) };
  const ecr = new sdk.ECRClient({ region, ...options.client, ...inRole });
  const account = /^(\d{12})\.dkr[.-]ecr/.exec(new URL(registry.url).hostname)?.[1];
  const send = { abortSignal: options.signal };
  let token: Promise<RegistryAuth> | undefined;

  async function fetchToken(): Promise<RegistryAuth> {
    const answer = await asked("asking for a token", () => ecr.send(new sdk.GetAuthorizationTokenCommand({}), send));
    const text = Buffer.from(answer.authorizationData?.[0]?.authorizationToken ?? "", "base64").toString();
    const colon = text.indexOf(":");
    if (colon < 0) throw new AppError("upstream_failed", "ECR sent a token without its parts");
    return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }

  return {
    auth: () => (token ??= fetchToken()),
    async ensureRepository() {
      const names = { repositoryName: repository, ...(account === undefined ? {} : { registryId: account }) };
      await asked(`creating the repository ${repository}`, () => ecr.send(new sdk.CreateRepositoryCommand(names), send)).catch(
        (error: unknown) => {
          if (!(error instanceof AppError && error.meta["reason"] === "RepositoryAlreadyExistsException")) throw error;
        },
      );
    },
  };
}

async function roleCredentials(input: {
  roleArn: string;
  region: string;
  own: ECRClientConfig["credentials"];
  sts: { endpoint: string } | undefined;
}): Promise<NonNullable<ECRClientConfig["credentials"]>> {
  const { fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  return fromTemporaryCredentials({
    params: { RoleArn: input.roleArn, RoleSessionName: "berth-runner", DurationSeconds: 3600 },
    clientConfig: { region: input.region, ...input.sts },
    ...(input.own === undefined ? {} : { masterCredentials: input.own as never }),
  });
}

async function asked<T>(what: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    const metadata = error instanceof Error && "$metadata" in error ? (error.$metadata as { httpStatusCode?: number }) : {};
    const refused = /AccessDenied|UnrecognizedClient|Credentials|ExpiredToken/.test(reason) || metadata.httpStatusCode === 403;
    const away = (metadata.httpStatusCode ?? 0) >= 500 || (error instanceof Error && "code" in error);
    const code = refused ? "forbidden" : away ? "unavailable" : "upstream_failed";
    throw new AppError(code, `AWS did not allow the runner ${what} at ECR (${reason})`, { reason }, { cause: error });
  }
}
