import { describe, expect, it } from "vitest";
import { proxyFor } from "./proxy-for.ts";

const net = { httpsProxy: "http://proxy:3128", httpProxy: "plain:8080", caFile: undefined };
const proxy = (url: string, noProxy?: string): string | undefined => proxyFor({ ...net, noProxy }, new URL(url));

describe("the proxy of a URL", () => {
  it("goes by the scheme, of WebSockets too", () => {
    expect(proxy("https://a.example")).toBe("http://proxy:3128");
    expect(proxy("wss://a.example")).toBe("http://proxy:3128");
    expect(proxy("http://a.example")).toBe("http://plain:8080");
    expect(proxyFor({ ...net, httpsProxy: undefined, noProxy: undefined }, new URL("https://a.example"))).toBeUndefined();
  });
  it.each([
    ["a.example", "https://a.example", true],
    ["a.example", "https://sub.a.example", true],
    ["a.example", "https://nota.example", false],
    [".a.example", "https://sub.a.example", true],
    ["*.a.example", "https://sub.a.example", true],
    ["b.example, a.example:8443", "https://a.example:8443/x", true],
    ["a.example:8443", "https://a.example", false],
    ["a.example:443", "https://a.example", true],
    ["127.0.0.1", "http://127.0.0.1:9", true],
    ["::1", "http://[::1]:9", true],
    ["[::1]:9", "http://[::1]:9", true],
    ["*", "https://a.example", true],
    ["", "https://a.example", false],
  ])("NO_PROXY=%s exempts %s: %s", (noProxy, url, exempt) => expect(proxy(url, noProxy) === undefined).toBe(exempt));
});
