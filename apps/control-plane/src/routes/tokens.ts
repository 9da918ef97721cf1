import { tokensContract } from "@berth/api/contract/tokens";
import { handle, type HttpApp } from "../http/handle.ts";
import { createToken } from "../tokens/create.ts";
import { listTokens } from "../tokens/list.ts";
import { revokeToken } from "../tokens/revoke.ts";

export function mountTokensRoutes(app: HttpApp): void {
  handle(app, tokensContract["tokens.list"], ({ ctx, query }) => listTokens(ctx, query));
  handle(app, tokensContract["tokens.create"], ({ ctx, body }) => createToken(ctx, body));
  handle(app, tokensContract["tokens.revoke"], async ({ ctx, params }) => {
    await revokeToken(ctx, params);
    return {};
  });
}
