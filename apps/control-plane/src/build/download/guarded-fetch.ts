import { AppError } from "@berth/kit/errors";
import { parseAddress, type AddressRules } from "./address.ts";

const mostRedirects = 5;

/**
 * `fetch` for addresses that others name: every hop is held to the rules, redirects are few, and what authorizes goes to the first origin alone.
 * Only for GET and HEAD.
 */
export function createGuardedFetch(rules: AddressRules): typeof fetch {
  return async (input, init) => {
    let url = parseAddress(addressOf(input), "The address", rules);
    const headers = new Headers(init?.headers);
    for (let hop = 0; ; hop++) {
      const response = await fetch(url, { ...init, headers, redirect: "manual" });
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      if (hop >= mostRedirects)
        throw new AppError("upstream_failed", `${url.host} redirects more than ${mostRedirects} times`, { transient: false });
      const target = URL.parse(location, url.href);
      if (!target) throw new AppError("upstream_failed", `${url.host} redirects to what is no URL`, { transient: false });
      const next = parseAddress(target.href, `${url.host} redirects; the address`, rules);
      if (next.origin !== url.origin) headers.delete("authorization");
      url = next;
    }
  };
}

function addressOf(input: Parameters<typeof fetch>[0]): string {
  if (typeof input === "string") return input;
  return input instanceof URL ? input.href : input.url;
}
