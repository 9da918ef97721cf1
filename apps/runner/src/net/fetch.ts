import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import type { NetConfig } from "../env.ts";
import { proxyFor } from "./proxy-for.ts";

/** A `fetch` that goes through the proxy and trusts the extra CA, or undefined where the global one does. Redirects stay on the same way. */
export async function createFetch(net: NetConfig, url: URL): Promise<typeof fetch | undefined> {
  const proxy = proxyFor(net, url);
  if (proxy === undefined && net.caFile === undefined) return undefined;
  const ca = net.caFile === undefined ? {} : { ca: [...rootCertificates, readFileSync(net.caFile, "utf8")] };
  const { Agent, ProxyAgent, fetch: undiciFetch } = await import("undici");
  const dispatcher = proxy === undefined ? new Agent({ connect: ca }) : new ProxyAgent({ uri: proxy, requestTls: ca, proxyTls: ca });
  // Same standard, two sets of declarations.
  return ((input: string | URL, init: object) => undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
