import { actionsContract } from "@berth/api/contract/actions";
import { rerun, runAdhoc } from "../actions/run-adhoc.ts";
import { getRun } from "../actions/get-run.ts";
import { listRuns } from "../actions/list-runs.ts";
import { listActions } from "../actions/list.ts";
import { runAction } from "../actions/run.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountActionsRoutes(app: HttpApp): void {
  handle(app, actionsContract["actions.list"], ({ ctx, params }) => listActions({ ctx, input: params }));
  handle(app, actionsContract["actions.run"], ({ ctx, params, body }) => runAction({ ctx, input: { ...params, ...body } }));
  handle(app, actionsContract["actions.adhoc"], ({ ctx, params, body }) => runAdhoc({ ctx, input: { ...params, ...body } }));
  handle(app, actionsContract["actions.runs.rerun"], ({ ctx, params }) => rerun({ ctx, input: params }));
  handle(app, actionsContract["actions.runs.list"], ({ ctx, params, query }) => listRuns({ ctx, input: { ...params, ...query } }));
  handle(app, actionsContract["actions.runs.get"], ({ ctx, params }) => getRun({ ctx, input: params }));
}
