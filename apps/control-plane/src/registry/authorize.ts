import type { RegistryAccess, RegistryAction } from "./access.ts";
import { formatScope } from "./access.ts";
import type { AccessDeps } from "./deps.ts";
import { refusal } from "./refusal.ts";
import { verifyRegistryToken } from "./token.ts";

/** Who calls, by what means, and until when that holds where it ends. */
export type Caller = { access: RegistryAccess; scheme: "basic" | "bearer"; expiresAt?: Date };

/** Finds out who sent a request. Undefined without usable credentials. A basic password may be one of our tokens. */
export async function identify(deps: AccessDeps, request: Request): Promise<Caller | undefined> {
  const [scheme = "", credentials = ""] = (request.headers.get("authorization") ?? "").split(/ +/, 2);
  if (/^bearer$/i.test(scheme)) return byToken(deps, credentials, "bearer");
  if (!/^basic$/i.test(scheme)) return undefined;
  const pair = Buffer.from(credentials, "base64").toString();
  const colon = pair.indexOf(":");
  if (colon < 0) return undefined;
  const password = pair.slice(colon + 1);
  const caller = await byToken(deps, password, "basic");
  if (caller) return caller;
  const access = await deps.verifyBasic(pair.slice(0, colon), password);
  return access && { access, scheme: "basic" };
}

/**
 * Lets a caller pass who may do all that is needed.
 * @throws AppError 401 with a challenge where better credentials may help, 403 where these are all there is
 */
export function demand(
  deps: AccessDeps,
  caller: Caller | undefined,
  needs: { repository: string; actions: RegistryAction[] } | undefined,
): RegistryAccess {
  const short = needs !== undefined && !needs.actions.every((action) => caller?.access.allows(needs.repository, action));
  if (caller && !short) return caller.access;
  if (caller?.scheme === "basic") throw refusal("DENIED", "These credentials do not allow this");
  throw refusal("UNAUTHORIZED", caller ? "This token does not allow this" : "Credentials are needed", {
    "www-authenticate": challenge(deps, needs, caller !== undefined),
  });
}

async function byToken(deps: AccessDeps, token: string, scheme: Caller["scheme"]): Promise<Caller | undefined> {
  const access = verifyRegistryToken({ key: deps.tokenKey, token, now: new Date() });
  if (!access || !(await deps.holds(access.subject))) return undefined;
  return { access, scheme, expiresAt: access.expiresAt };
}

function challenge(deps: AccessDeps, needs: { repository: string; actions: RegistryAction[] } | undefined, insufficient: boolean): string {
  const url = new URL(deps.publicUrl());
  const scope = needs ? `,scope="${formatScope(needs)}"` : "";
  return `Bearer realm="${url.href.replace(/\/$/, "")}/v2/token",service="${url.host}"${scope}${insufficient ? ',error="insufficient_scope"' : ""}`;
}
