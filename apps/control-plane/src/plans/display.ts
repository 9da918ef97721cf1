import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError } from "@berth/kit/errors";
import { planAsJson } from "@berth/plan/as-json";
import type { Ctx } from "../context.ts";
import { openPlan } from "./seal.ts";

const jsonLines = "application/x-ndjson";

/**
 * What a plan would change, for people and programs: as one JSON object, or as JSON lines where `accept` asks for them. It is never held in memory but in its
 * compressed form, which goes out as it is to whoever takes JSON lines compressed.
 * @throws AppError `not_found` where the org has no such plan or nothing to show was delivered with it
 */
export async function displayPlan(
  ctx: Ctx,
  input: { planId: string; accept: string | undefined; acceptEncoding: string | undefined },
): Promise<Response> {
  const row = await ctx.db
    .selectFrom("plans")
    .select("display_enc")
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.planId)
    .$if(ctx.onlyInstall !== undefined, (query) => query.where("install_id", "=", ctx.onlyInstall ?? ""))
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no plan ${input.planId}`);
  if (!row.display_enc) throw new AppError("not_found", `Plan ${input.planId} came without what it shows, so there is nothing to show`);
  const gzip = openPlan(ctx.system.vault, input.planId, "display", row.display_enc);
  const vary = { vary: "accept, accept-encoding" };
  if (input.accept?.includes(jsonLines) !== true) {
    const json = Readable.from(planAsJson(gunzip(gzip)), { objectMode: false });
    return new Response(Readable.toWeb(json) as ReadableStream, { headers: { "content-type": "application/json", ...vary } });
  }
  if (/\bgzip\b/.test(input.acceptEncoding ?? ""))
    return new Response(new Uint8Array(gzip), { headers: { "content-type": jsonLines, "content-encoding": "gzip", ...vary } });
  return new Response(Readable.toWeb(gunzip(gzip)) as ReadableStream, { headers: { "content-type": jsonLines, ...vary } });
}

function gunzip(gzip: Buffer): Readable {
  return Readable.from([gzip]).pipe(createGunzip());
}
