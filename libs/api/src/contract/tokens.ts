import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";

export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  expiresAt: timestamp.optional(),
  revokedAt: timestamp.optional(),
  installId: z.string().optional().describe("Of a customer's token: the one install it is for"),
  /** Exact to a minute. */
  lastUsedAt: timestamp.optional(),
});

export const tokensContract = {
  "tokens.list": route({
    method: "GET",
    path: "/v1/tokens",
    tag: "tokens",
    summary: "The organisation's tokens, newest first",
    params: none,
    query: pageQuery,
    body: none,
    response: pageOf(tokenSchema),
  }),
  "tokens.create": route({
    method: "POST",
    path: "/v1/tokens",
    tag: "tokens",
    summary: "Make a token",
    description: "`secret` is the token itself. It is shown in this answer and never again; only its hash is stored.",
    params: none,
    query: none,
    body: z.object({
      name: z.string().trim().min(1).max(100),
      expiresInDays: z.number().int().min(1).max(3650).optional().describe("Left out: the token does not expire"),
    }),
    response: z.object({ token: tokenSchema, secret: z.string() }),
    status: 201,
  }),
  "tokens.revoke": route({
    method: "DELETE",
    path: "/v1/tokens/:tokenId",
    tag: "tokens",
    summary: "Revoke a token, at once and for good",
    description: "The organisation's last usable token is not revoked: nobody could make another.",
    params: z.object({ tokenId: z.string().max(64) }),
    query: none,
    body: none,
    response: none,
    status: 204,
  }),
};
