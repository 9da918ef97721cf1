import type { ECRClient, ECRClientConfig } from "@aws-sdk/client-ecr";
import { AppError } from "@berth/kit/errors";
import { createRegistryClient, type RegistryAuth } from "@berth/oci/client";
import type { OpenOptions, OpenRegistry } from "./open.ts";
import { prefixed } from "./prefixed.ts";
import type { RegistryTarget } from "./target.ts";

/** For tests and special set-ups: how the AWS client is made (endpoint, credentials), and the time. */
export type EcrOptions = { client?: ECRClientConfig; now?: () => number };

type Token = { auth: RegistryAuth; url: string; until: number };

// A token lasts twelve hours. A push that starts with it must also end with it.
const marginMs = 60 * 60 * 1000;

/**
 * An ECR registry. Credentials come from the AWS environment (role, profile, variables); the registry's token is fetched anew before it ends,
 * and a repository is created before the first push to it.
 */
export async function openEcr(target: Extract<RegistryTarget, { kind: "ecr" }>, options: OpenOptions): Promise<OpenRegistry> {
  // Loaded only where ECR is used: the SDK costs tens of megabytes.
  const sdk = await import("@aws-sdk/client-ecr");
  const ecr = new sdk.ECRClient({ region: target.region, ...options.ecr?.client });
  const now = options.ecr?.now ?? Date.now;
  const registry = target.accountId === undefined ? {} : { registryId: target.accountId };
  const ensured = new Set<string>();
  let current: Promise<Token> | undefined;
  let until = 0;

  async function fetchToken(): Promise<Token> {
    const accounts = target.accountId === undefined ? {} : { registryIds: [target.accountId] };
    const answer = await call(ecr, (client) => client.send(new sdk.GetAuthorizationTokenCommand(accounts)), "asking for a token");
    const data = answer.authorizationData?.[0];
    const [username = "", password = ""] = Buffer.from(data?.authorizationToken ?? "", "base64")
      .toString()
      .split(/:(.*)/s, 2);
    if (!data?.proxyEndpoint || !data.expiresAt || password === "")
      throw new AppError("upstream_failed", "ECR sent a token without its parts");
    return { auth: { username, password }, url: data.proxyEndpoint, until: data.expiresAt.getTime() - marginMs };
  }

  /** The token of now; those who ask while it is fetched share the answer, and a failure is not kept. */
  async function token(): Promise<Token> {
    if (current && now() < until) return current;
    until = Number.POSITIVE_INFINITY;
    current = fetchToken();
    try {
      const fetched = await current;
      until = fetched.until;
      return fetched;
    } catch (error) {
      until = 0;
      throw error;
    }
  }

  const auth = async (): Promise<RegistryAuth> => (await token()).auth;
  const { url } = await token();
  return {
    url,
    client: createRegistryClient({ url, auth, fetch: options.fetch }),
    repository: (name) => prefixed(target.prefix, name),
    auth,
    async ensureRepository(repository, signal) {
      if (ensured.has(repository)) return;
      const command = new sdk.CreateRepositoryCommand({ repositoryName: repository, ...registry });
      try {
        await call(ecr, (client) => client.send(command, signal ? { abortSignal: signal } : {}), `creating the repository ${repository}`);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof AppError && error.cause instanceof sdk.RepositoryAlreadyExistsException)) throw error;
      }
      ensured.add(repository);
    },
  };
}

async function call<T>(ecr: ECRClient, send: (client: ECRClient) => Promise<T>, what: string): Promise<T> {
  try {
    return await send(ecr);
  } catch (error) {
    const { name, status } = described(error);
    const refused = status === 400 && /AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken/.test(name);
    const code = refused || status === 403 ? "forbidden" : status === undefined || status >= 500 ? "unavailable" : "upstream_failed";
    throw new AppError(code, `ECR did not allow ${what} (${name})`, { reason: name }, { cause: error });
  }
}

function described(error: unknown): { name: string; status: number | undefined } {
  if (!(error instanceof Error)) return { name: "unknown", status: undefined };
  const metadata = "$metadata" in error ? (error.$metadata as { httpStatusCode?: number }) : {};
  return { name: error.name, status: metadata.httpStatusCode };
}
