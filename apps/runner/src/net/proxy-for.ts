import type { NetConfig } from "../env.ts";

/** The proxy for a URL by HTTPS_PROXY, HTTP_PROXY and NO_PROXY (names, `.suffix`, `host:port`, `*`), or undefined for a direct connection. */
export function proxyFor(net: NetConfig, url: URL): string | undefined {
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  const proxy = secure ? net.httpsProxy : net.httpProxy;
  if (proxy === undefined || proxy === "" || isExempt(net.noProxy ?? "", url, secure)) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isExempt(noProxy: string, url: URL, secure: boolean): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const port = url.port || (secure ? "443" : "80");
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const match = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry.split(":").length > 2 && !entry.startsWith("[") ? `[${entry}]` : entry);
      const name = (match?.[1] ?? entry).replace(/^\*?\./, "");
      if (match?.[2] !== undefined && match[2] !== port) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}
