import { AppError } from "@berth/kit/errors";
import type { RegistryAuth } from "@berth/oci/client";
import { isRepository } from "@berth/oci/reference";

/** An external registry as an operator names it. `prefix` goes before every repository name; it may be empty. */
export type RegistryTarget =
  | { kind: "generic"; url: string; prefix: string; auth?: RegistryAuth }
  | { kind: "ecr"; region: string; prefix: string; accountId?: string };

/**
 * Reads an operator's setting:
 * `https://user:password@registry.example.org/prefix` (basic), `https://:token@…` (bearer), `ecr://eu-west-1/prefix`, `ecr://123456789012@eu-west-1/prefix`.
 * @throws AppError `bad_request` that does not repeat the text: it may hold a password
 */
export function parseRegistryTarget(text: string): RegistryTarget {
  const url = URL.parse(text);
  const prefix = url?.pathname.replace(/^\/+|\/+$/g, "") ?? "";
  if (!url || url.search !== "" || url.hash !== "" || (prefix !== "" && !isRepository(prefix))) throw unusable();
  const username = decode(url.username);
  const password = decode(url.password);
  switch (url.protocol) {
    case "ecr:": {
      const { hostname: region } = url;
      if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region) || url.port !== "" || password !== "") throw unusable();
      if (username === "") return { kind: "ecr", region, prefix };
      if (!/^\d{12}$/.test(username)) throw unusable();
      return { kind: "ecr", region, prefix, accountId: username };
    }
    case "http:":
    case "https:": {
      const auth = authOf(username, password);
      return { kind: "generic", url: url.origin, prefix, ...(auth && { auth }) };
    }
    default:
      throw unusable();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable();
  }
}

function authOf(username: string, password: string): RegistryAuth | undefined {
  if (password === "") return undefined;
  return username === "" ? { token: password } : { username, password };
}

function unusable(): AppError {
  return new AppError(
    "bad_request",
    "The address of the external registry is not usable. Write https://user:password@host/prefix, https://:token@host/prefix or ecr://[account@]region/prefix",
  );
}
