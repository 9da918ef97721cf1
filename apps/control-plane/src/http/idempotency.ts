import { AppError } from "@berth/kit/errors";
import { sha256 } from "@berth/kit/digest";
import { sql } from "kysely";
import type { Context, MiddlewareHandler } from "hono";
import { transact, type Ctx, type System } from "../context.ts";
import { ChangingRefusal } from "./changing-refusal.ts";
import type { HttpEnv } from "./handle.ts";

/** How long a key is remembered. */
export const idempotencyHours = 24;
const acceptable = /^[\x21-\x7e]{1,255}$/;
const waitSeconds = 5;

/**
 * `Idempotency-Key` on POSTs: the key, the verb's effects and the answer commit in one transaction, so a repeat either finds all of them or
 * runs again from nothing. A repeat while the first is under way waits for it. An answer that is an error leaves no trace: it changed nothing, unless it is a {@link ChangingRefusal}.
 */
export const idempotency: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const key = c.req.header("idempotency-key");
  if (key === undefined || c.req.method !== "POST") return next();
  if (!acceptable.test(key)) throw new AppError("bad_request", "An Idempotency-Key has 1 to 255 printable ASCII characters and no space.");
  const requestHash = sha256(JSON.stringify([c.req.path, c.req.query(), await c.req.text()]));
  const outer = c.get("ctx");
  try {
    await transact(outer, async (ctx) => {
      const stored = await claim(ctx, key, requestHash);
      if (stored) {
        c.res = replay(ctx, key, requestHash, stored);
        return;
      }
      c.set("ctx", ctx);
      await next();
      // The key goes free: a repeat is answered by what is so then.
      if (c.error instanceof ChangingRefusal) return release(ctx, key);
      if (c.error || c.res.status >= 400) throw new Unchanged();
      await keep(ctx, key, c);
    });
  } catch (error) {
    if (!(error instanceof Unchanged)) throw error;
  } finally {
    c.set("ctx", outer);
  }
};

/** Drops keys that are past their time. */
export async function forgetIdempotencyKeys(system: System): Promise<void> {
  const before = new Date(system.now().getTime() - idempotencyHours * 3_600_000);
  await system.db.deleteFrom("idempotency_keys").where("created_at", "<", before).execute();
}

/** Ends the transaction without its effects; the answer stands. */
class Unchanged extends Error {}

type Stored = { request_hash: string; status: number | null; response: unknown };

/** Takes the key, or returns what it stands for. The unique index makes a concurrent claim wait until the first has committed. */
async function claim(ctx: Ctx, key: string, requestHash: string): Promise<Stored | undefined> {
  const expired = new Date(ctx.system.now().getTime() - idempotencyHours * 3_600_000);
  try {
    // One round trip, on every POST: the time limit is set before the row is tried, and lifted once it is ours.
    const { rows } = await sql`
      insert into idempotency_keys (org_id, key, request_hash, created_at)
      select ${ctx.orgId}::text, ${key}::text, ${requestHash}::text, ${ctx.system.now()}::timestamptz
      from (select set_config('lock_timeout', ${`${waitSeconds}s`}::text, true) as set) as wait where wait.set is not null
      on conflict (org_id, key) do update
        set request_hash = excluded.request_hash, created_at = excluded.created_at, status = null, response = null
        where idempotency_keys.created_at < ${expired}
      returning set_config('lock_timeout', '0', true)`.execute(ctx.db);
    if (rows.length > 0) return undefined;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "55P03") throw error;
    throw new AppError(
      "conflict",
      `The first request with this Idempotency-Key has been running for more than ${waitSeconds} s. Try again in a moment.`,
    );
  }
  return ctx.db
    .selectFrom("idempotency_keys")
    .select(["request_hash", "status", "response"])
    .where("org_id", "=", ctx.orgId)
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
}

function replay(ctx: Ctx, key: string, requestHash: string, stored: Stored): Response {
  if (stored.request_hash !== requestHash)
    throw new AppError("idempotency_mismatch", "This Idempotency-Key was used for another request. Use a new key for a new request.");
  const { body } = stored.response as { body: string };
  const text = ctx.system.vault.open(Buffer.from(body, "base64"), sealContext(ctx, key)).toString();
  const status = stored.status ?? 200;
  return new Response(text === "" ? null : text, {
    status,
    headers: { "content-type": "application/json", "idempotent-replayed": "true" },
  });
}

/** The answer may hold a secret that is shown once (a new token), so it is stored sealed. */
async function keep(ctx: Ctx, key: string, c: Context<HttpEnv>): Promise<void> {
  const body = ctx.system.vault.seal(await c.res.clone().text(), sealContext(ctx, key)).toString("base64");
  await ctx.db
    .updateTable("idempotency_keys")
    .set({ status: c.res.status, response: JSON.stringify({ body }) })
    .where("org_id", "=", ctx.orgId)
    .where("key", "=", key)
    .execute();
}

async function release(ctx: Ctx, key: string): Promise<void> {
  await ctx.db.deleteFrom("idempotency_keys").where("org_id", "=", ctx.orgId).where("key", "=", key).execute();
}

function sealContext(ctx: Ctx, key: string): string {
  return `idempotency:${ctx.orgId}:${key}`;
}
