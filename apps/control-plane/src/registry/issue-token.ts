import { parseScope, type RegistryScope } from "./access.ts";
import { identify } from "./authorize.ts";
import type { AccessDeps } from "./deps.ts";
import { refusal } from "./refusal.ts";
import { mintRegistryToken } from "./token.ts";

const scopeLimit = 50;

/**
 * The token server: exchanges basic credentials for a token with those of the wanted scopes that the caller has.
 * A token made from a token does not live longer than it.
 */
export async function issueToken(deps: AccessDeps, request: Request, query: URLSearchParams): Promise<Response> {
  const caller = await identify(deps, request);
  if (!caller) {
    throw refusal("UNAUTHORIZED", "The token server needs a name and a token or API token as password", {
      "www-authenticate": `Basic realm="${new URL(deps.publicUrl()).host}"`,
    });
  }
  const wanted = query.getAll("scope").flatMap((text) => text.split(" "));
  if (wanted.length > scopeLimit) throw refusal("UNSUPPORTED", `At most ${scopeLimit} scopes fit in one token`);
  const scopes = wanted.flatMap((text): RegistryScope[] => {
    const scope = parseScope(text);
    const granted = scope?.actions.filter((action) => caller.access.allows(scope.repository, action)) ?? [];
    return scope && granted.length > 0 ? [{ repository: scope.repository, actions: granted }] : [];
  });
  const now = Date.now();
  const expiresAt = new Date(Math.min(now + deps.limits.tokenSeconds * 1000, caller.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY));
  const token = mintRegistryToken({ key: deps.tokenKey, subject: caller.access.subject, scopes: merge(scopes), expiresAt });
  const lifetime = Math.max(1, Math.floor((expiresAt.getTime() - now) / 1000));
  const body = { token, access_token: token, expires_in: lifetime, issued_at: new Date(now).toISOString() };
  return Response.json(body, { headers: { "cache-control": "no-store" } });
}

function merge(scopes: readonly RegistryScope[]): RegistryScope[] {
  const merged = new Map<string, RegistryScope>();
  for (const scope of scopes) {
    const known = merged.get(scope.repository)?.actions ?? [];
    merged.set(scope.repository, { repository: scope.repository, actions: [...new Set([...known, ...scope.actions])] });
  }
  return [...merged.values()];
}
