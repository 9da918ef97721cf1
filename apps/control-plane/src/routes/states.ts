import { statesContract } from "@berth/api/contract/states";
import { handle, type HttpApp } from "../http/handle.ts";
import { downloadState } from "../states/download.ts";
import { getState, listStates } from "../states/list.ts";
import { forceUnlock, listLocks } from "../states/locks.ts";

export function mountStatesRoutes(app: HttpApp): void {
  handle(app, statesContract["states.list"], ({ ctx, params, query }) => listStates(ctx, { ...params, ...query }));
  handle(app, statesContract["states.get"], ({ ctx, params }) => getState(ctx, params));
  handle(app, statesContract["states.download"], async ({ ctx, params, c }) => {
    const { target, version, content } = await downloadState({ ctx, input: params });
    const name = `${target.replace(/[^\w.-]+/g, "-")}-${version}.tfstate`;
    return c.body(new Uint8Array(content), 200, {
      "content-type": "application/json",
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "no-store",
    });
  });
  handle(app, statesContract["states.locks"], ({ ctx, params }) => listLocks(ctx, params));
  handle(app, statesContract["states.forceUnlock"], async ({ ctx, params, body }) => {
    await forceUnlock({ ctx, input: { ...params, ...body } });
    return {};
  });
}
