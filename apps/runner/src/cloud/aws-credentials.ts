/** Keys that sign requests to AWS. */
export type AwsCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** For tests: other credentials than the runner's own chain, and where roles are assumed. */
export type AwsOptions = { credentials?: () => Promise<AwsCredentials>; sts?: { endpoint: string } };

/**
 * The credentials of the runner's own chain (environment, files, the machine's role), or of a role that it takes on.
 * @throws Error where the chain gives none
 */
export async function awsCredentials(
  input: { region: string; roleArn?: string | undefined },
  options: AwsOptions = {},
): Promise<AwsCredentials> {
  // Loaded only where AWS is used: the SDK costs tens of megabytes.
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  const { region, roleArn } = input;
  const own = options.credentials ?? fromNodeProviderChain({ clientConfig: { region } });
  if (roleArn === undefined) return await own();
  const inRole = fromTemporaryCredentials({
    params: { RoleArn: roleArn, RoleSessionName: "berth-runner", DurationSeconds: 3600 },
    clientConfig: { region, ...options.sts },
    masterCredentials: own as never,
  });
  return await inRole();
}
