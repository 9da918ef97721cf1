import { createHmac, timingSafeEqual } from "node:crypto";
import { isRepository } from "@berth/oci/reference";
import { z } from "zod";
import type { RegistryAccess, RegistryScope } from "./access.ts";

const prefix = "brt1";
const tokenLimit = 16 * 1024;

const Payload = z.object({
  sub: z.string().max(200),
  /** Seconds since 1970. */
  exp: z.int(),
  access: z.array(z.tuple([z.string().refine(isRepository), z.array(z.enum(["pull", "push", "delete"]))])).max(100),
});

/**
 * A token for exactly these repositories and actions until it expires. Nothing is stored: its HMAC-SHA-256 proves it.
 * @param input.key at least 32 bytes, the same in every replica
 */
export function mintRegistryToken(input: { key: Buffer; subject: string; scopes: readonly RegistryScope[]; expiresAt: Date }): string {
  const payload: z.infer<typeof Payload> = {
    sub: input.subject,
    exp: Math.floor(input.expiresAt.getTime() / 1000),
    access: input.scopes.map((scope) => [scope.repository, scope.actions]),
  };
  const signed = `${prefix}.${Buffer.from(JSON.stringify(payload)).toString("base64url")}`;
  return `${signed}.${signature(input.key, signed)}`;
}

/** What a token gives, or undefined where it is not one of ours, altered or expired. */
export function verifyRegistryToken(input: { key: Buffer; token: string; now: Date }): (RegistryAccess & { expiresAt: Date }) | undefined {
  const { token } = input;
  const dot = token.lastIndexOf(".");
  if (token.length > tokenLimit || !token.startsWith(`${prefix}.`) || dot <= prefix.length) return undefined;
  const signed = token.slice(0, dot);
  const expected = Buffer.from(signature(input.key, signed));
  const given = Buffer.from(token.slice(dot + 1));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  // The signature says that we wrote it.
  const payload = Payload.safeParse(JSON.parse(Buffer.from(signed.slice(prefix.length + 1), "base64url").toString()));
  if (!payload.success || payload.data.exp * 1000 <= input.now.getTime()) return undefined;
  const access = new Map<string, readonly string[]>(payload.data.access);
  return {
    subject: payload.data.sub,
    expiresAt: new Date(payload.data.exp * 1000),
    allows: (repository, action) => access.get(repository)?.includes(action) ?? false,
  };
}

function signature(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
