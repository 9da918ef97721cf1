import { AppError, messageOf } from "@berth/kit/errors";
import { retry } from "@berth/kit/retry";
import { createAuthorizer, type AuthSource, type Scopes } from "./authorize.ts";
import { errorOf, isPassing } from "./response.ts";

/** One request to a registry. */
export type RegistryRequest = {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A path under the registry, or what it named in `Location`. */
  target: string | URL;
  scopes: Scopes;
  /** For messages: what is tried, e.g. `pull of blob sha256:…`. */
  what: string;
  accepted: readonly number[];
  headers?: Record<string, string>;
  body?: () => NonNullable<RequestInit["body"]>;
  signal?: AbortSignal | undefined;
  /** How often to try where the failure may pass; default 5. Use 1 for what cannot simply be sent again. */
  tries?: number;
  /** False where the body can be read only once; then no challenge is answered either. */
  replayable?: boolean;
};

/** Sends requests with whatever authorization the registry asks for. @throws AppError for every status that is not accepted */
export type Transport = { url: URL; send: (request: RegistryRequest) => Promise<Response> };

const backoff = { baseMs: 200, capMs: 5000 };

/** @param input.fetch for proxies and own certificate authorities; must follow redirects as `fetch` does */
export function createTransport(input: { url: string; auth?: AuthSource | undefined; fetch?: typeof fetch | undefined }): Transport {
  const url = parseAddress(input.url);
  const call = input.fetch ?? fetch;
  const authorizer = createAuthorizer({ url, auth: input.auth, fetch: call });

  async function once(request: RegistryRequest): Promise<Response> {
    const target = new URL(request.target, url);
    // A registry may hand uploads to another server; our credentials are not for that one.
    const own = target.origin === url.origin;
    const go = (authorization: string | undefined): Promise<Response> =>
      call(target, {
        method: request.method,
        headers: { ...request.headers, ...(own && authorization && { authorization }) },
        // Without these two a fetch keeps a second copy of a streamed body, all of it, in case it must be sent elsewhere.
        ...(request.body && { body: request.body(), duplex: "half", redirect: "error", window: null }),
        ...(request.signal && { signal: request.signal }),
      });
    const response = await go(await authorizer.known(request.scopes));
    const challenge = response.headers.get("www-authenticate");
    if (response.status !== 401 || !own || !challenge || request.replayable === false) return response;
    await response.body?.cancel();
    const authorization = await authorizer.answer(challenge, request.scopes, request.signal);
    if (!authorization)
      throw new AppError("unauthenticated", `The registry ${url.host} asks for credentials for the ${request.what}`, { status: 401 });
    return go(authorization);
  }

  async function checked(request: RegistryRequest): Promise<Response> {
    const response = await once(request).catch((error: unknown) => {
      request.signal?.throwIfAborted();
      if (error instanceof AppError) throw error;
      throw unreachable(url, error);
    });
    if (request.accepted.includes(response.status)) return response;
    throw await errorOf(response, request.what);
  }

  return {
    url,
    send: (request) =>
      retry(() => checked(request), {
        tries: request.replayable === false ? 1 : (request.tries ?? 5),
        backoff,
        retryable: isPassing,
        ...(request.signal && { signal: request.signal }),
      }),
  };
}

function parseAddress(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new AppError("bad_request", "The address of a registry must be http or https");
}

function unreachable(url: URL, error: unknown): AppError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof AppError) return cause;
  return new AppError("unavailable", `The registry ${url.host} cannot be reached or broke off: ${messageOf(cause)}`, {}, { cause: error });
}
