import { backoffMs } from "@berth/kit/retry";
import { contract, type RouteName } from "./contract.ts";
import { apiErrorOf, UnreachableError } from "./client/api-error.ts";
import { urlOf, type CallInput, type CallOutput, type RawInput } from "./client/request.ts";
import { readStream, type StreamEvent } from "./client/stream.ts";
import type { Route } from "./route.ts";

export { ApiError, UnreachableError, type Problem } from "./client/api-error.ts";
export type { CallInput, CallOutput } from "./client/request.ts";
export type { StreamEvent } from "./client/stream.ts";

/** The API, typed by the contract. Works in Node and in browsers. */
export type ApiClient = {
  /** The control plane's base URL, without a slash at the end. */
  url: string;
  /**
   * Calls an operation by its name. Requests that may be repeated (every one but PATCH: POSTs carry an idempotency key) are tried up to four
   * times when the network or a gateway fails.
   * @throws ApiError with the problem; UnreachableError when nobody answers
   */
  call<N extends RouteName>(name: N, ...input: Arguments<CallInput<N>>): Promise<CallOutput<N>>;
  /** The answer as it is, for operations whose answer is not JSON. Errors and repeats as with {@link ApiClient.call}. */
  raw<N extends RouteName>(name: N, ...input: Arguments<CallInput<N>>): Promise<Response>;
  /** Follows an event stream, through lost connections, until the server ends it. */
  stream<N extends RouteName>(
    name: N,
    ...input: Arguments<CallInput<N> & StreamOptions>
  ): AsyncGenerator<StreamEvent<CallOutput<N>>, void, void>;
  /** Reads a list to its end, page by page. */
  pages<N extends ListName>(name: N, ...input: Arguments<CallInput<N>>): AsyncGenerator<ItemOf<N>, void, void>;
};

type Arguments<Input> = Record<never, never> extends Input ? [input?: Input] : [input: Input];
type StreamOptions = { lastEventId?: string; onRetry?: (error: unknown) => void };
/** The operations that answer with pages. */
export type ListName = { [N in RouteName]: CallOutput<N> extends { items: unknown[]; next?: string | undefined } ? N : never }[RouteName];
/** One item of such a list. */
export type ItemOf<N extends ListName> = CallOutput<N> extends { items: (infer Item)[] } ? Item : never;

const tries = 4;
const backoff = { baseMs: 200, capMs: 3000 };
const timeoutMs = 120_000;

/** @param input.fetch for tests and special networks; the platform's own otherwise */
export function createClient(input: { url: string; token?: string; fetch?: typeof globalThis.fetch; userAgent?: string }): ApiClient {
  const url = input.url.replace(/\/+$/, "");
  const fetch = input.fetch ?? globalThis.fetch;
  const headers: Record<string, string> = {
    ...(input.token === undefined ? {} : { authorization: `Bearer ${input.token}` }),
    ...(input.userAgent === undefined ? {} : { "user-agent": input.userAgent }),
  };

  async function send(name: RouteName, call: RawInput): Promise<Response> {
    const route: Route = contract[name];
    const target = urlOf(url, route, call);
    const hasBody = call.body !== undefined && route.method !== "GET" && route.method !== "DELETE";
    const key = route.method === "POST" ? (call.idempotencyKey ?? globalThis.crypto.randomUUID()) : undefined;
    const init = {
      method: route.method,
      headers: {
        ...headers,
        accept: "application/json",
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(hasBody ? { body: JSON.stringify(call.body) } : {}),
    };
    for (let attempt = 0; ; attempt++) {
      const outcome = await once(fetch, target, init, call.signal);
      if (outcome instanceof Response && outcome.ok) return outcome;
      call.signal?.throwIfAborted();
      const last = attempt + 1 >= tries || route.method === "PATCH";
      if (outcome instanceof Response) {
        if (last || ![429, 502, 503, 504].includes(outcome.status)) throw await apiErrorOf(outcome);
        await outcome.body?.cancel();
      } else if (last) throw new UnreachableError(url, outcome.error);
      await new Promise((resolve) => setTimeout(resolve, backoffMs(backoff, attempt) + 50));
    }
  }

  return {
    url,
    raw: (name, ...[call]) => send(name, call ?? {}),
    async call(name, ...[call]) {
      const response = await send(name, call ?? {});
      return (response.status === 204 ? {} : await response.json()) as never;
    },
    stream(name, ...[call]) {
      const { lastEventId, onRetry, signal, ...rest } = (call ?? {}) as RawInput & StreamOptions;
      return readStream({
        url: urlOf(url, contract[name], rest),
        baseUrl: url,
        headers,
        fetch,
        ...(lastEventId === undefined ? {} : { lastEventId }),
        ...(signal ? { signal } : {}),
        ...(onRetry ? { onRetry } : {}),
      });
    },
    async *pages(name, ...[call]) {
      let cursor: string | undefined;
      do {
        const query = { ...((call as RawInput | undefined)?.query as object | undefined), ...(cursor === undefined ? {} : { cursor }) };
        const response = await send(name, { ...call, query });
        const page = (await response.json()) as { items: never[]; next?: string };
        yield* page.items;
        cursor = page.next;
      } while (cursor !== undefined);
    },
  };
}

async function once(
  fetch: typeof globalThis.fetch,
  target: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
): Promise<Response | { error: unknown }> {
  try {
    const timeout = AbortSignal.timeout(timeoutMs);
    return await fetch(target, { ...init, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  } catch (error) {
    return { error };
  }
}
