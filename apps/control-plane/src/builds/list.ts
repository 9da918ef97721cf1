import { getApp } from "../apps/get.ts";
import type { Ctx } from "../context.ts";
import type { BuildState } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { buildView, selectBuilds, type BuildView } from "./view.ts";

export type ListBuildsInput = {
  appId?: string | undefined;
  target?: string | undefined;
  state?: BuildState | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Builds, newest first. @throws AppError `not_found` for an app that is not the org's */
export async function listBuilds({ ctx, input }: { ctx: Ctx; input: ListBuildsInput }): Promise<{ items: BuildView[]; next?: string }> {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const appId = input.appId === undefined ? undefined : (await getApp({ ctx, input: { appId: input.appId } })).id;
  const rows = await selectBuilds(ctx)
    .$if(appId !== undefined, (query) => query.where("builds.app_id", "=", appId!))
    .$if(input.target !== undefined, (query) => query.where("builds.target", "=", input.target!))
    .$if(input.state !== undefined, (query) => query.where("builds.state", "=", input.state!))
    .$if(after !== undefined, (query) =>
      query.where((eb) => eb(eb.refTuple("builds.created_at", "builds.id"), "<", eb.tuple(after![0], after![1]))),
    )
    .orderBy("builds.created_at", "desc")
    .orderBy("builds.id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: buildView });
}
