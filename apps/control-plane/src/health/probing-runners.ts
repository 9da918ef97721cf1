import type { Ctx } from "../context.ts";

/** A runner of an install, and the types of probes that it can make. */
export type ProbingRunner = { id: string; online: boolean; types: readonly string[] };

/** Before runners told, they knew these. */
const firstTypes = ["http", "tcp", "exec"];

/** The runners of an install that can make probes, those that are there first. */
export async function probingRunners(ctx: Ctx, installId: string): Promise<ProbingRunner[]> {
  const rows = await ctx.db
    .selectFrom("runners")
    .select(["id", "state", "capabilities"])
    .where("install_id", "=", installId)
    .where("state", "in", ["online", "offline"])
    .execute();
  return rows
    .flatMap(({ id, state, capabilities }) =>
      capabilities?.kinds.includes("health.probe") ? [{ id, online: state === "online", types: capabilities.probes ?? firstTypes }] : [],
    )
    .toSorted((a, b) => Number(b.online) - Number(a.online));
}
