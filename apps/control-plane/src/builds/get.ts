import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { buildView, selectBuilds, type BuildView } from "./view.ts";

/** @throws AppError `not_found` */
export async function getBuild({ ctx, input }: { ctx: Ctx; input: { buildId: string } }): Promise<BuildView> {
  const row = await selectBuilds(ctx).where("builds.id", "=", input.buildId).executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no build ${input.buildId}`);
  return buildView(row);
}
