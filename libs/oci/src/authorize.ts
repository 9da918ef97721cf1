import { AppError } from "@berth/kit/errors";
import { z } from "zod";
import { parseChallenge } from "./challenge.ts";
import { readBounded } from "./response.ts";

/** What a registry knows a client by. A token is sent as it is; a name and password also fetch tokens where the registry wants those. */
export type RegistryAuth = { username: string; password: string } | { token: string };

/** Credentials, or where they come from when they do not last; the function is asked before each use and caches for itself. */
export type AuthSource = RegistryAuth | (() => Promise<RegistryAuth | undefined>);

/** What a request needs, e.g. `repository:apps/x:pull,push`. */
export type Scopes = readonly string[];

/** Holds what one client may send as `Authorization`. */
export type Authorizer = {
  /** The header to try first; undefined where nothing is known yet. */
  known(scopes: Scopes): Promise<string | undefined>;
  /** The header that answers a 401, or undefined where there is no answer. */
  answer(challenge: string, scopes: Scopes, signal?: AbortSignal): Promise<string | undefined>;
};

const TokenResponse = z.object({ token: z.string().optional(), access_token: z.string().optional(), expires_in: z.number().optional() });
const tokenResponseLimit = 64 * 1024;
// What the distribution's token protocol prescribes where a server does not say.
const defaultLifetimeSeconds = 60;
const marginMs = 5000;

/**
 * @param input.url address of the registry: credentials for an https registry never go to an http token server
 */
export function createAuthorizer(input: { url: URL; auth?: AuthSource | undefined; fetch: typeof fetch }): Authorizer {
  const tokens = new Map<string, { header: string; until: number }>();
  let wantsBasic = false;

  const credentials = async (): Promise<RegistryAuth | undefined> => (typeof input.auth === "function" ? await input.auth() : input.auth);

  async function fetchToken(challenge: { realm: string; service?: string }, scopes: Scopes, signal?: AbortSignal): Promise<string> {
    const realm = parseRealm(challenge.realm, input.url);
    if (challenge.service) realm.searchParams.set("service", challenge.service);
    for (const scope of scopes) realm.searchParams.append("scope", scope);
    const auth = await credentials();
    const response = await input.fetch(realm, {
      headers: auth && "username" in auth ? { authorization: basic(auth) } : {},
      ...(signal && { signal }),
    });
    const body = await readBounded(response, tokenResponseLimit);
    if (response.status === 401 || response.status === 403) {
      throw new AppError("unauthenticated", `The token server ${realm.host} does not accept the credentials`, { status: response.status });
    }
    if (!response.ok)
      throw new AppError(
        response.status >= 500 ? "unavailable" : "upstream_failed",
        `The token server ${realm.host} answered ${response.status}`,
      );
    const parsed = TokenResponse.safeParse(parseJson(body));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    if (!token || !/^[\x21-\x7e]+$/.test(token)) throw new AppError("upstream_failed", `The token server ${realm.host} sent no token`);
    const header = `Bearer ${token}`;
    const lifetimeMs = (parsed.data?.expires_in ?? defaultLifetimeSeconds) * 1000;
    tokens.set(scopes.join(" "), { header, until: Date.now() + lifetimeMs - marginMs });
    return header;
  }

  return {
    async known(scopes) {
      const cached = tokens.get(scopes.join(" "));
      if (cached && cached.until > Date.now()) return cached.header;
      const auth = await credentials();
      if (auth && "token" in auth) return `Bearer ${auth.token}`;
      return auth && wantsBasic ? basic(auth) : undefined;
    },
    async answer(header, scopes, signal) {
      const challenge = parseChallenge(header);
      if (challenge?.scheme === "bearer") {
        const auth = await credentials();
        if (auth && "token" in auth) return `Bearer ${auth.token}`;
        const wanted = scopes.length === 0 && challenge.scope ? [challenge.scope] : scopes;
        return fetchToken(challenge, wanted, signal);
      }
      if (challenge?.scheme !== "basic") return undefined;
      wantsBasic = true;
      const auth = await credentials();
      if (!auth) return undefined;
      return "token" in auth ? `Bearer ${auth.token}` : basic(auth);
    },
  };
}

function parseRealm(text: string, registry: URL): URL {
  const realm = URL.parse(text);
  const secure = realm?.protocol === "https:" || (realm?.protocol === "http:" && registry.protocol === "http:");
  if (!realm || !secure)
    throw new AppError("upstream_failed", `The registry ${registry.host} names a token server that is not safe to use`);
  return realm;
}

function basic(auth: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
