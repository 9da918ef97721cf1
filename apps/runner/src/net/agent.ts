import { readFileSync } from "node:fs";
import type { Agent } from "node:http";
import type { NetConfig } from "../env.ts";
import { builtin } from "./builtin.ts";
import { proxyFor } from "./proxy-for.ts";

/** Makes the agent for a URL: through the proxy that applies, trusting the extra CA where one is set. */
export async function createAgent(net: NetConfig, url: URL): Promise<Agent> {
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  const ca = caOptions(net);
  const proxy = proxyFor(net, url);
  if (!proxy) return secure ? new (builtin.https().Agent)({ keepAlive: true, ...ca }) : new (builtin.http().Agent)({ keepAlive: true });
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  const agent = new HttpsProxyAgent(proxy, { keepAlive: true, ...ca });
  // The options given there are for the proxy's own TLS; these are for the TLS inside the tunnel.
  Object.assign(agent.options, ca);
  return agent;
}

/** The CA settings of a TLS connection: the public roots and the file's. */
export function caOptions(net: NetConfig): { ca?: string[] } {
  if (net.caFile === undefined) return {};
  return { ca: [...builtin.tls().rootCertificates, readFileSync(net.caFile, "utf8")] };
}
